/// etcd's errors, word for word (api/v3rpc/rpctypes/error.go). Clients compare these texts.
extension EtcdError {
  public static let emptyKey = EtcdError(.invalidArgument, "etcdserver: key is not provided")
  public static let keyNotFound = EtcdError(.invalidArgument, "etcdserver: key not found")
  public static let valueProvided = EtcdError(.invalidArgument, "etcdserver: value is provided")
  public static let leaseProvided = EtcdError(.invalidArgument, "etcdserver: lease is provided")
  public static let tooManyOps = EtcdError(.invalidArgument, "etcdserver: too many operations in txn request")
  public static let duplicateKey = EtcdError(.invalidArgument, "etcdserver: duplicate key given in txn request")
  public static let compacted = EtcdError(.outOfRange, "etcdserver: mvcc: required revision has been compacted")
  public static let futureRevision = EtcdError(.outOfRange, "etcdserver: mvcc: required revision is a future revision")
  public static let noSpace = EtcdError(.resourceExhausted, "etcdserver: mvcc: database space exceeded")
  public static let invalidSortOption = EtcdError(.invalidArgument, "etcdserver: invalid sort option")

  public static let leaseNotFound = EtcdError(.notFound, "etcdserver: requested lease not found")
  public static let leaseExists = EtcdError(.failedPrecondition, "etcdserver: lease already exists")
  public static let leaseTTLTooLarge = EtcdError(.outOfRange, "etcdserver: too large lease TTL")

  public static let memberExists = EtcdError(.failedPrecondition, "etcdserver: member ID already exist")
  public static let peerURLExists = EtcdError(.failedPrecondition, "etcdserver: Peer URLs already exists")
  public static let memberNotEnoughStarted = EtcdError(
    .failedPrecondition, "etcdserver: re-configuration failed due to not enough started members")
  public static let memberBadURLs = EtcdError(.invalidArgument, "etcdserver: given member URLs are invalid")
  public static let memberNotFound = EtcdError(.notFound, "etcdserver: member not found")
  public static let memberNotLearner = EtcdError(.failedPrecondition, "etcdserver: can only promote a learner member")

  public static let requestTooLarge = EtcdError(.invalidArgument, "etcdserver: request is too large")
  public static let tooManyRequests = EtcdError(.resourceExhausted, "etcdserver: too many requests")

  public static let rootUserNotExist = EtcdError(.failedPrecondition, "etcdserver: root user does not exist")
  public static let rootRoleNotExist = EtcdError(
    .failedPrecondition, "etcdserver: root user does not have root role")
  public static let userAlreadyExists = EtcdError(.failedPrecondition, "etcdserver: user name already exists")
  public static let userEmpty = EtcdError(.invalidArgument, "etcdserver: user name is empty")
  public static let userNotFound = EtcdError(.failedPrecondition, "etcdserver: user name not found")
  public static let roleAlreadyExists = EtcdError(.failedPrecondition, "etcdserver: role name already exists")
  public static let roleNotFound = EtcdError(.failedPrecondition, "etcdserver: role name not found")
  public static let roleEmpty = EtcdError(.invalidArgument, "etcdserver: role name is empty")
  public static let permissionNotGiven = EtcdError(.invalidArgument, "etcdserver: permission not given")
  public static let roleNotGranted = EtcdError(.failedPrecondition, "etcdserver: role is not granted to the user")
  public static let permissionNotGranted = EtcdError(
    .failedPrecondition, "etcdserver: permission is not granted to the role")
  public static let invalidAuthManagement = EtcdError(.invalidArgument, "etcdserver: invalid auth management")
  public static let authOldRevision = EtcdError(.invalidArgument, "etcdserver: revision of auth store is old")
  public static let authFailed = EtcdError(
    .invalidArgument, "etcdserver: authentication failed, invalid user ID or password")
  public static let passwordForNoPasswordUser = EtcdError(
    .unknown, "auth: authentication failed, password was given for no password user")
  public static let permissionDenied = EtcdError(.permissionDenied, "etcdserver: permission denied")
  public static let authNotEnabled = EtcdError(.failedPrecondition, "etcdserver: authentication is not enabled")
  public static let invalidAuthToken = EtcdError(.unauthenticated, "etcdserver: invalid auth token")

  public static let noLeader = EtcdError(.unavailable, "etcdserver: no leader")
  public static let notLeader = EtcdError(.failedPrecondition, "etcdserver: not leader")
  public static let leaderChanged = EtcdError(.unavailable, "etcdserver: leader changed")
  public static let notCapable = EtcdError(.failedPrecondition, "etcdserver: not capable")
  public static let stopped = EtcdError(.unavailable, "etcdserver: server stopped")
  public static let timeout = EtcdError(.unavailable, "etcdserver: request timed out")
  public static let unhealthy = EtcdError(.unavailable, "etcdserver: unhealthy cluster")
  public static let corrupt = EtcdError(.dataLoss, "etcdserver: corrupt cluster")
  public static let badLeaderTransferee = EtcdError(.failedPrecondition, "etcdserver: bad leader transferee")
  public static let clusterVersionUnavailable = EtcdError(
    .unavailable, "etcdserver: cluster version not found during downgrade")
  public static let wrongDowngradeVersionFormat = EtcdError(
    .invalidArgument, "etcdserver: wrong downgrade target version format")
  public static let invalidDowngradeTargetVersion = EtcdError(
    .invalidArgument, "etcdserver: invalid downgrade target version")
  public static let noInflightDowngrade = EtcdError(.failedPrecondition, "etcdserver: no inflight downgrade job")
}
