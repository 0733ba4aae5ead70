"""The etcd3gw package's client, which speaks JSON to the gateway, all around: python etcd3gw_tour.py HOST PORT, against
an empty etcd of one member."""
import base64
import sys
import threading

import etcd3gw
from etcd3gw import exceptions

HOST, PORT = sys.argv[1], int(sys.argv[2])
client = etcd3gw.client(host=HOST, port=PORT, timeout=10)
discovering = etcd3gw.client(host=HOST, port=PORT, api_path=None)


def stop(name):
    print(f"etcd3gw: {name}", flush=True)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except exceptions.Etcd3Exception as error:
        return f"{error} {error.detail_text}"
    raise AssertionError("was not refused")


# Keys
assert discovering.get("missing") == [] and discovering.api_path == "/v3/"
assert client.put("greeting", "hello") is True
assert client.get("greeting") == [b"hello"]
[(value, meta)] = client.get("greeting", metadata=True)
assert (value, meta["key"], meta["version"]) == (b"hello", b"greeting", "1")
assert client.create("greeting", "no") is False and client.create("new", "yes") is True
assert client.replace("greeting", "hello", "hi") is True and client.replace("greeting", "hello", "no") is False
assert client.delete("greeting") is True and client.delete("greeting") is False
for n in range(5):
    client.put(f"/fruit/{n}", f"value {4 - n}")
values = client.get_prefix("/fruit/", sort_order="descend", sort_target="key")
assert [meta["key"] for _, meta in values][:2] == [b"/fruit/4", b"/fruit/3"], values
assert len(client.get_all()) == 6
assert client.get("/fruit/1", count_only=True) == []
assert client.delete_prefix("/fruit/") is True
stop("keys and ranges")

# Transactions
result = client.transaction({
    "compare": [{"key": b64("new"), "result": "EQUAL", "target": "VALUE", "value": b64("yes")}],
    "success": [{"request_put": {"key": b64("a"), "value": b64("1")}}, {"request_range": {"key": b64("new")}}],
    "failure": [{"request_delete_range": {"key": b64("new")}}],
})
assert result["succeeded"] and result["responses"][1]["response_range"]["count"] == "1", result
stop("transactions")

# Watches
events, cancel = client.watch_prefix("/w/")
client.put("/w/one", "1")
client.delete("/w/one")
seen = [next(events), next(events)]
assert [(e.get("type"), e["kv"]["key"]) for e in seen] == [(None, b"/w/one"), ("DELETE", b"/w/one")], seen
cancel()
start = seen[0]["kv"]["mod_revision"]
events, cancel = client.watch_prefix("/w/", start_revision=int(start), prev_kv=True)
assert next(events)["kv"]["value"] == b"1" and base64.b64decode(next(events)["prev_kv"]["value"]) == b"1"
cancel()
try:
    client.watch_once("/w/never", timeout=1)
    raise AssertionError("nothing was written")
except exceptions.WatchTimedOut:
    pass
timer = threading.Timer(0.2, lambda: client.put("/w/soon", "now"))
timer.start()
assert client.watch_once("/w/soon", timeout=10)["kv"]["value"] == b"now"
stop("watches")

# Leases
lease = client.lease(60)
client.put("leased", "x", lease=lease)
assert 58 <= lease.ttl() <= 60 and lease.keys() == [b"leased"] and lease.refresh() == 60
assert lease.revoke() is True and client.get("leased") == []
short = client.lease(1)
events, cancel = client.watch("brief")
client.put("brief", "x", lease=short)
assert next(events)["kv"]["value"] == b"x" and next(events)["type"] == "DELETE"
cancel()
assert "requested lease not found" in refused(client.put, "k", "v", lease=type("Gone", (), {"id": 12345}))
stop("leases")

# Locks
with client.lock("door", ttl=20) as lock:
    assert lock.is_acquired()
    assert client.lock("door", ttl=20).acquire() is False
    assert lock.refresh() == 20
held = client.post(client.get_url("/lock/lock"), json={"name": b64("gate")})["key"]
assert base64.b64decode(held).startswith(b"gate/")
client.post(client.get_url("/lock/unlock"), json={"key": held})
elected = client.post(client.get_url("/election/campaign"), json={"name": b64("chair"), "value": b64("me")})["leader"]
leader = client.post(client.get_url("/election/leader"), json={"name": b64("chair")})["kv"]
assert base64.b64decode(leader["value"]) == b"me"
client.post(client.get_url("/election/resign"), json={"leader": elected})
assert "election: no leader" in refused(client.post, client.get_url("/election/leader"), json={"name": b64("chair")})
stop("locks and elections")

# The cluster
[member] = client.members()
status = client.status()
assert status["version"].startswith("3.") and status["leader"] == member["ID"] and status["header"]["member_id"] == member["ID"]
assert client.post(client.get_url("/maintenance/alarm"), json={"action": "GET"}).get("alarms", []) == []
blob = client.session.post(client.get_url("/maintenance/snapshot"), json={}, stream=True)
assert next(blob.iter_lines()).startswith(b'{"result":{')
blob.close()
stop("cluster and snapshot")


# Users
def post(path, body, token=None):
    headers = {"Authorization": token} if token else {}
    return client.post(client.get_url(path), json=body, headers=headers)


post("/auth/user/add", {"name": "root", "password": "secret"})
post("/auth/user/grant", {"user": "root", "role": "root"})
post("/auth/role/add", {"name": "reader"})
post("/auth/role/grant", {"name": "reader", "perm": {"permType": "READ", "key": b64("/pub/"), "range_end": b64("/pub0")}})
post("/auth/user/add", {"name": "ann", "password": "nna"})
post("/auth/user/grant", {"user": "ann", "role": "reader"})
post("/auth/enable", {})
assert "user name is empty" in refused(client.put, "x", "y")
assert "authentication failed" in refused(post, "/auth/authenticate", {"name": "root", "password": "wrong"})
root = post("/auth/authenticate", {"name": "root", "password": "secret"})["token"]
ann = post("/auth/authenticate", {"name": "ann", "password": "nna"})["token"]
post("/kv/put", {"key": b64("/pub/x"), "value": b64("y")}, root)
assert post("/kv/range", {"key": b64("/pub/x")}, ann)["count"] == "1"
assert "permission denied" in refused(post, "/kv/put", {"key": b64("/pub/x"), "value": b64("z")}, ann)
assert "invalid auth token" in refused(post, "/kv/range", {"key": b64("/pub/x")}, "nonsense")
assert post("/auth/user/get", {"name": "ann"}, root)["roles"] == ["reader"]
post("/auth/disable", {}, root)
client.put("x", "y")
stop("users")
