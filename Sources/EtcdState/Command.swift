import EtcdAPI

/// One request as every replica applies it: what a log entry carries.
public enum Command: Sendable {
  case put(PutRequest)
  case deleteRange(DeleteRangeRequest)
  case txn(TxnRequest)
  case compaction(CompactionRequest)
  case leaseGrant(LeaseGrantRequest)
  case leaseRevoke(LeaseRevokeRequest)
  case leaseCheckpoint(LeaseCheckpointRequest)
  case alarm(AlarmRequest)
  case clusterVersion(MembershipClusterVersionSetRequest)
  case memberAttributes(MembershipClusterMemberAttrSetRequest)

  /// What a log entry's request asks, nil when it is one that this state does not keep (users, roles, downgrades) or
  /// that changes nothing (reads).
  public init?(_ request: InternalRaftRequest) {
    if request.hasPut {
      self = .put(request.put)
    } else if request.hasTxn {
      self = .txn(request.txn)
    } else if request.hasDeleteRange {
      self = .deleteRange(request.deleteRange)
    } else if request.hasCompaction {
      self = .compaction(request.compaction)
    } else if request.hasLeaseGrant {
      self = .leaseGrant(request.leaseGrant)
    } else if request.hasLeaseRevoke {
      self = .leaseRevoke(request.leaseRevoke)
    } else if request.hasLeaseCheckpoint {
      self = .leaseCheckpoint(request.leaseCheckpoint)
    } else if request.hasAlarm {
      self = .alarm(request.alarm)
    } else if request.hasClusterVersionSet {
      self = .clusterVersion(request.clusterVersionSet)
    } else if request.hasClusterMemberAttrSet {
      self = .memberAttributes(request.clusterMemberAttrSet)
    } else {
      return nil
    }
  }

  /// The request as a log entry carries it.
  /// - Parameter id: tells the request from every other; the header has it too, as in etcd.
  public func request(id: UInt64) -> InternalRaftRequest {
    var request = InternalRaftRequest()
    request.header.id = id
    switch self {
    case .put(let put): request.put = put
    case .deleteRange(let deleteRange): request.deleteRange = deleteRange
    case .txn(let txn): request.txn = txn
    case .compaction(let compaction): request.compaction = compaction
    case .leaseGrant(let grant): request.leaseGrant = grant
    case .leaseRevoke(let revoke): request.leaseRevoke = revoke
    case .leaseCheckpoint(let checkpoint): request.leaseCheckpoint = checkpoint
    case .alarm(let alarm): request.alarm = alarm
    case .clusterVersion(let version): request.clusterVersionSet = version
    case .memberAttributes(let attributes): request.clusterMemberAttrSet = attributes
    }
    return request
  }
}

/// What applying a command answers. Headers carry the revision only; who answers adds the rest.
public enum Reply: Sendable {
  case put(PutResponse)
  case deleteRange(DeleteRangeResponse)
  case txn(TxnResponse)
  case compaction(CompactionResponse)
  case leaseGrant(LeaseGrantResponse)
  case leaseRevoke(LeaseRevokeResponse)
  case alarm(AlarmResponse)
  /// Lease checkpoints and what the log says about members answer nobody.
  case none
}
