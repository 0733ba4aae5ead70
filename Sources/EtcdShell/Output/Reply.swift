import EtcdAPI

/// What a command has to show: the response as it came, and what its print-out needs beside it.
enum Reply: Sendable {
  case range(RangeResponse, valueOnly: Bool = false)
  case put(PutResponse)
  case deleteRange(DeleteRangeResponse)
  case txn(TxnResponse)
  case watch(WatchResponse)

  case leaseGrant(LeaseGrantResponse)
  case leaseRevoke(id: Int64, LeaseRevokeResponse)
  case leaseKeepAlive(LeaseKeepAliveResponse)
  case leaseTimeToLive(LeaseTimeToLiveResponse, keys: Bool)
  case leaseLeases(LeaseLeasesResponse)

  /// `leader` is 0 when it is not known or not asked for; only a terminal shows it.
  case memberList(MemberListResponse, leader: UInt64)
  case memberAdd(MemberAddResponse)
  case memberRemove(id: UInt64, MemberRemoveResponse)
  case memberUpdate(id: UInt64, MemberUpdateResponse)
  case memberPromote(id: UInt64, MemberPromoteResponse)

  case endpointHealth([EndpointHealth])
  case endpointStatus([EndpointStatus])
  case endpointHashKV([EndpointHashKV])

  case authStatus(AuthStatusResponse)
  case userGet(name: String, AuthUserGetResponse)
  case userList(AuthUserListResponse)
  case roleGet(name: String, AuthRoleGetResponse)
  case roleList(AuthRoleListResponse)
  /// A user or role was changed. The response is no more than its header; the sentence says what was done.
  case accessChange(String, ResponseHeader)

  case alarm(AlarmResponse)
  case moveLeader(from: UInt64, to: UInt64, MoveLeaderResponse)
  case snapshotStatus(SnapshotStatus)

  /// Replies that come in the same forms.
  enum Kind: Sendable {
    /// Keys, leases, alarms, roles, and what was done to roles and users.
    case plain
    case leaseRevoke
    case memberList
    /// Members added, removed, updated, promoted, and a leader moved.
    case memberChange
    /// Users, and whether they are asked for.
    case users
    /// What is told about endpoints, and about a snapshot file.
    case endpoints
  }

  var kind: Kind {
    switch self {
    case .range, .put, .deleteRange, .txn, .watch, .alarm: .plain
    case .leaseGrant, .leaseKeepAlive, .leaseTimeToLive, .leaseLeases: .plain
    case .leaseRevoke: .leaseRevoke
    case .roleGet, .roleList, .accessChange: .plain
    case .authStatus, .userGet, .userList: .users
    case .memberList: .memberList
    case .memberAdd, .memberRemove, .memberUpdate, .memberPromote, .moveLeader: .memberChange
    case .endpointHealth, .endpointStatus, .endpointHashKV, .snapshotStatus: .endpoints
    }
  }
}

/// Whether one endpoint answered a linearizable read.
struct EndpointHealth: Sendable {
  var endpoint: String
  var took: Duration
  /// Why it is not healthy; nil when it is.
  var error: String?

  var isHealthy: Bool { error == nil }
}

struct EndpointStatus: Sendable {
  var endpoint: String
  var status: StatusResponse
}

struct EndpointHashKV: Sendable {
  var endpoint: String
  var hash: HashKVResponse
}

/// What is in a saved snapshot.
struct SnapshotStatus: Sendable, Equatable {
  /// CRC-32C over every bucket's name and its pairs, in order.
  var hash: UInt32
  /// The newest revision in the key bucket.
  var revision: Int64
  /// Pairs in all buckets.
  var totalKeys: Int
  /// Bytes of the backend file, without the SHA-256 behind it.
  var totalSize: Int64
}
