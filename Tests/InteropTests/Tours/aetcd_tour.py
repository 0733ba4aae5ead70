"""The aetcd package's client, all around: python aetcd_tour.py HOST PORT, against an empty etcd of one member."""
import asyncio
import io
import sys

import aetcd
from aetcd import rpc

HOST, PORT = sys.argv[1], int(sys.argv[2])


def stop(name):
    print(f"aetcd: {name}", flush=True)


async def refused(call):
    try:
        await call
    except Exception as error:
        return error
    raise AssertionError("was not refused")


async def keys(client):
    assert await client.get(b"missing") is None
    await client.put(b"greeting", b"hello")
    result = await client.get(b"greeting")
    assert (result.value, result.key, result.version) == (b"hello", b"greeting", 1)
    assert (await client.put(b"greeting", b"hi", prev_kv=True)).prev_kv.value == b"hello"
    assert await client.replace(b"greeting", b"hi", b"good day")
    assert not await client.replace(b"greeting", b"hi", b"never")
    for n in range(20):
        await client.put(b"/fruit/%02d" % n, b"value %02d" % (19 - n))
    found = await client.get_prefix(b"/fruit/", sort_order="descend")
    assert [kv.key for kv in found][:2] == [b"/fruit/19", b"/fruit/18"]
    assert len(list(await client.get_range(b"/fruit/05", b"/fruit/08"))) == 3
    assert len(list(await client.get_all())) == 21
    deleted = await client.delete_prefix(b"/fruit/", prev_kv=True)
    assert deleted.deleted == 20 and len(deleted.prev_kvs) == 20
    stop("keys and ranges")


async def transactions(client):
    t = client.transactions
    await client.put(b"a", b"1")
    won, replies = await client.transaction(
        compare=[t.value(b"a") == b"1", t.create(b"b") == 0],
        success=[t.put(b"b", b"2"), t.get(b"a"), t.delete(b"a")],
        failure=[t.get(b"a")],
    )
    assert won and await client.get(b"a") is None, replies
    won, _ = await client.transaction(compare=[t.version(b"b") > 9], success=[], failure=[t.put(b"c", b"3")])
    assert not won and (await client.get(b"c")).value == b"3"
    stop("transactions")


async def watches(client):
    watch = await client.watch_prefix(b"/w/", prev_kv=True)
    await client.put(b"/w/one", b"1")
    await client.delete(b"/w/one")
    seen = []
    async for event in watch:
        seen.append(event)
        if len(seen) == 2:
            break
    assert [e.kind for e in seen] == ["PUT", "DELETE"] and seen[1].prev_kv.value == b"1"
    await watch.cancel()
    replayed = await client.watch_prefix(b"/w/", start_revision=seen[0].kv.mod_revision)
    async for event in replayed:
        assert event.kv.key == b"/w/one"
        break
    await replayed.cancel()
    assert isinstance(await refused(client.watch_once(b"/w/never", timeout=1)), aetcd.exceptions.WatchTimeoutError)
    stop("watches")


async def leases(client):
    lease = await client.lease(60)
    await client.put(b"leased", b"x", lease=lease)
    assert await lease.granted_ttl() == 60 and await lease.keys() == [b"leased"]
    assert 58 <= await lease.remaining_ttl() <= 60
    assert (await lease.refresh()).TTL == 60
    await lease.revoke()
    assert await client.get(b"leased") is None
    short = await client.lease(1)
    watch = await client.watch(b"brief")
    await client.put(b"brief", b"x", lease=short)
    kinds = []
    async for event in watch:
        kinds.append(event.kind)
        if len(kinds) == 2:
            break
    assert kinds == ["PUT", "DELETE"]
    await watch.cancel()
    stop("leases")


async def locks(client):
    lock = client.lock(b"door", ttl=20)
    assert await lock.acquire(timeout=5)
    assert await lock.is_acquired()
    other = client.lock(b"door", ttl=20)
    assert not await other.acquire(timeout=1)
    assert await lock.release()
    assert await other.acquire(timeout=5)
    assert await other.release()
    stop("locks")


async def cluster(client):
    status = await client.status()
    assert status.version.startswith("3.") and status.db_size > 0
    members = [member async for member in client.members()]
    assert len(members) == 1 and members[0].id == status.leader.id
    assert [alarm async for alarm in client.list_alarms()] == []
    await client.defragment()
    snapshot = io.BytesIO()
    await client.snapshot(snapshot)
    assert len(snapshot.getvalue()) > 16384
    stop("cluster and snapshot")


async def users(client):
    auth = rpc.AuthStub(client.channel)
    await auth.UserAdd(rpc.AuthUserAddRequest(name="root", password="secret"))
    await auth.UserGrantRole(rpc.AuthUserGrantRoleRequest(user="root", role="root"))
    await auth.AuthEnable(rpc.AuthEnableRequest())
    assert "user name is empty" in str(await refused(client.put(b"x", b"y")))
    async with aetcd.Client(host=HOST, port=PORT, username="root", password="secret") as root:
        await root.put(b"x", b"y")
        assert (await root.get(b"x")).value == b"y"
        await rpc.AuthStub(root.channel).AuthDisable(rpc.AuthDisableRequest(), metadata=root.metadata)
    await client.put(b"x", b"y")
    stop("users")


async def tour():
    async with aetcd.Client(host=HOST, port=PORT, timeout=10) as client:
        for part in (keys, transactions, watches, leases, locks, cluster, users):
            await part(client)


asyncio.run(tour())
