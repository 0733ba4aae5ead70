/// The paths of etcd's gRPC methods: the whole of what a service definition would generate that we need.
public enum EtcdMethod {
  public static let range = "/etcdserverpb.KV/Range"
  public static let put = "/etcdserverpb.KV/Put"
  public static let deleteRange = "/etcdserverpb.KV/DeleteRange"
  public static let txn = "/etcdserverpb.KV/Txn"
  public static let compact = "/etcdserverpb.KV/Compact"

  public static let watch = "/etcdserverpb.Watch/Watch"

  public static let leaseGrant = "/etcdserverpb.Lease/LeaseGrant"
  public static let leaseRevoke = "/etcdserverpb.Lease/LeaseRevoke"
  public static let leaseKeepAlive = "/etcdserverpb.Lease/LeaseKeepAlive"
  public static let leaseTimeToLive = "/etcdserverpb.Lease/LeaseTimeToLive"
  public static let leaseLeases = "/etcdserverpb.Lease/LeaseLeases"

  public static let memberAdd = "/etcdserverpb.Cluster/MemberAdd"
  public static let memberRemove = "/etcdserverpb.Cluster/MemberRemove"
  public static let memberUpdate = "/etcdserverpb.Cluster/MemberUpdate"
  public static let memberList = "/etcdserverpb.Cluster/MemberList"
  public static let memberPromote = "/etcdserverpb.Cluster/MemberPromote"

  public static let alarm = "/etcdserverpb.Maintenance/Alarm"
  public static let status = "/etcdserverpb.Maintenance/Status"
  public static let defragment = "/etcdserverpb.Maintenance/Defragment"
  public static let hashKV = "/etcdserverpb.Maintenance/HashKV"
  public static let snapshot = "/etcdserverpb.Maintenance/Snapshot"
  public static let moveLeader = "/etcdserverpb.Maintenance/MoveLeader"

  public static let authenticate = "/etcdserverpb.Auth/Authenticate"
}
