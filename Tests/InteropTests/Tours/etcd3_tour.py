"""The etcd3 package's client, all around: python etcd3_tour.py HOST PORT, against an empty etcd of one member."""
import io
import os
import sys
import time

# Its generated messages are too old for protobuf's native parser.
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

import etcd3
from etcd3 import etcdrpc as rpc

HOST, PORT = sys.argv[1], int(sys.argv[2])
client = etcd3.client(host=HOST, port=PORT, timeout=10)


def stop(name):
    print(f"etcd3: {name}", flush=True)


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        return error
    raise AssertionError("was not refused")


# Keys
assert client.get("missing") == (None, None)
client.put("greeting", "hello")
value, meta = client.get("greeting")
assert (value, meta.key, meta.version) == (b"hello", b"greeting", 1)
previous = client.put("greeting", "hi", prev_kv=True).prev_kv
assert previous.value == b"hello" and previous.create_revision == previous.mod_revision
assert client.put_if_not_exists("greeting", "no") is False
assert client.replace("greeting", "hi", "good day") is True
assert client.replace("greeting", "hi", "never") is False
assert client.get("greeting", serializable=True)[0] == b"good day"
assert client.delete("greeting") is True and client.delete("greeting") is False
stop("keys")

# Ranges
for n in range(20):
    client.put(f"/fruit/{n:02}", f"value {19 - n:02}")
assert [m.key for _, m in client.get_prefix("/fruit/", sort_order="descend")][:2] == [b"/fruit/19", b"/fruit/18"]
by_value = list(client.get_prefix("/fruit/", sort_order="ascend", sort_target="value"))
assert by_value[0][1].key == b"/fruit/19"
assert [m.key for _, m in client.get_range("/fruit/05", "/fruit/08")] == [b"/fruit/05", b"/fruit/06", b"/fruit/07"]
assert all(value == b"" for value, _ in client.get_prefix("/fruit/", keys_only=True))
assert len(list(client.get_all())) == 20
assert client.delete_prefix("/fruit/").deleted == 20
stop("ranges")

# Transactions
transactions = client.transactions
client.put("a", "1")
won, replies = client.transaction(
    compare=[transactions.value("a") == "1", transactions.version("a") > 0, transactions.create("b") == 0],
    success=[transactions.put("b", "2"), transactions.get("a"), transactions.delete("a")],
    failure=[transactions.get("a")],
)
assert won and replies[1][0][0] == b"1", replies
won, replies = client.transaction(
    compare=[transactions.mod("b") < 0], success=[], failure=[transactions.get("b"), transactions.put("c", "3")]
)
assert not won and replies[0][0][0] == b"2"
nested = transactions.txn(compare=[transactions.value("c") == "3"], success=[transactions.put("d", "4")], failure=[])
assert client.transaction(compare=[], success=[nested], failure=[])[0]
assert client.get("d")[0] == b"4"
stop("transactions")

# Watches
events, cancel = client.watch_prefix("/w/")
client.put("/w/one", "1")
client.put("/w/two", "2")
client.delete("/w/one")
seen = [next(events) for _ in range(3)]
assert [(type(e).__name__, e.key, e.value) for e in seen] == [
    ("PutEvent", b"/w/one", b"1"), ("PutEvent", b"/w/two", b"2"), ("DeleteEvent", b"/w/one", b"")]
cancel()
assert list(events) == []
start = seen[0].mod_revision
replayed, cancel = client.watch_prefix("/w/", start_revision=start, prev_kv=True)
again = [next(replayed) for _ in range(3)]
assert [e.key for e in again] == [e.key for e in seen] and again[2].prev_value == b"1"
cancel()
called = []
watch_id = client.add_watch_callback("/w/three", lambda response: called.extend(response.events))
client.put("/w/three", "3")
deadline = time.time() + 10
while not called and time.time() < deadline:
    time.sleep(0.01)
assert called[0].value == b"3"
client.cancel_watch(watch_id)
assert isinstance(refused(client.watch_once, "/w/never", timeout=0.2), etcd3.exceptions.WatchTimedOut)
client.compact(start + 1)
compacted, cancel = client.watch_prefix("/w/", start_revision=start)
assert isinstance(refused(next, compacted), etcd3.exceptions.RevisionCompactedError)
stop("watches")

# Leases
lease = client.lease(60)
client.put("leased", "x", lease=lease)
assert lease.granted_ttl == 60 and 58 <= lease.remaining_ttl <= 60 and lease.keys == [b"leased"]
assert lease.refresh()[0].TTL == 60
lease.revoke()
assert client.get("leased")[0] is None
assert client.get_lease_info(lease.id).TTL == -1
short = client.lease(1)
events, cancel = client.watch("brief")
client.put("brief", "x", lease=short)
assert type(next(events)).__name__ == "PutEvent"
assert type(next(events)).__name__ == "DeleteEvent", "the lease's end deletes its keys"
cancel()
assert "lease not found" in str(refused(client.put, "k", "v", lease=12345))
stop("leases")

# Locks
with client.lock("door", ttl=20) as lock:
    assert lock.is_acquired()
    assert client.lock("door", ttl=20).acquire(timeout=0.3) is False
    lock.refresh()
assert client.lock("door", ttl=20).acquire(timeout=5) is True
stop("locks")

# The cluster
members = list(client.members)
assert len(members) == 1 and members[0].client_urls
status = client.status()
assert status.version.startswith("3.") and status.leader.id == members[0].id and status.db_size > 0
assert isinstance(refused(client.add_member, members[0].peer_urls), etcd3.exceptions.PreconditionFailedError)
client.defragment()
assert list(client.list_alarms()) == []
assert [a.alarm_type for a in client.create_alarm()] == [rpc.NOSPACE]
assert "database space exceeded" in str(refused(client.put, "no", "room"))
assert [a.alarm_type for a in client.list_alarms()] == [rpc.NOSPACE]
client.disarm_alarm()
client.put("room", "again")
snapshot = io.BytesIO()
client.snapshot(snapshot)
assert len(snapshot.getvalue()) > 16384 and len(snapshot.getvalue()) % 512 == 32, "a database and its SHA-256"
stop("cluster and snapshot")

# Users
auth = rpc.AuthStub(client.channel)
auth.UserAdd(rpc.AuthUserAddRequest(name="root", password="secret"))
auth.UserGrantRole(rpc.AuthUserGrantRoleRequest(user="root", role="root"))
auth.UserAdd(rpc.AuthUserAddRequest(name="ann", password="nna"))
auth.RoleAdd(rpc.AuthRoleAddRequest(name="reader"))
grant = rpc.AuthRoleGrantPermissionRequest(name="reader")
grant.perm.key, grant.perm.range_end = b"/pub/", b"/pub0"
auth.RoleGrantPermission(grant)
auth.UserGrantRole(rpc.AuthUserGrantRoleRequest(user="ann", role="reader"))
auth.AuthEnable(rpc.AuthEnableRequest())
assert "user name is empty" in str(refused(client.put, "x", "y"))
assert "authentication failed" in str(refused(etcd3.client, host=HOST, port=PORT, user="ann", password="wrong"))


def login(name, password):
    # The client's own way needs TLS with today's grpcio.
    user = etcd3.client(host=HOST, port=PORT)
    user.metadata = (("token", auth.Authenticate(rpc.AuthenticateRequest(name=name, password=password)).token),)
    return user


root, ann = login("root", "secret"), login("ann", "nna")
root.put("/pub/x", "y")
assert ann.get("/pub/x")[0] == b"y"
assert "permission denied" in str(refused(ann.put, "/pub/x", "z"))
assert "permission denied" in str(refused(ann.get, "elsewhere"))
rpc.AuthStub(root.channel).AuthDisable(rpc.AuthDisableRequest(), metadata=root.metadata)
client.put("x", "y")
stop("users")
