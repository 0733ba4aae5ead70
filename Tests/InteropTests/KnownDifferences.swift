/// Where ours is known to answer otherwise than etcd, and why. Whatever is listed here must differ: when it no longer does,
/// its line is to go.
struct KnownDifference: Sendable {
  /// The session's file.
  var session: String
  /// How the command begins; empty for all of the session's.
  var command: String
  var reason: String

  /// Of the server, seen by etcdctl.
  static let ofServer: [KnownDifference] =
    [
      .init(
        session: "members.txt", command: "",
        reason: "a node takes no further members as long as there is no replication"),
      .init(
        session: "cluster.txt", command: "etcdctl snapshot status",
        reason: "the hash is of all that is in the file, the log's position among it"),
    ] + closedHoles

  /// What etcd 3.5.1 lets pass and its newest 3.5 refuses, as ours does.
  private static let closedHoles: [KnownDifference] = [
    ("auth-at-once.txt", "etcdctl lease grant 60"), ("auth-at-once.txt", "etcdctl lease list"),
    ("auth-at-once.txt", "etcdctl member list"), ("auth-at-once.txt", "etcdctl endpoint status"),
    ("auth.txt", "etcdctl --user bob:builder lease timetolive $LEASE --keys"),
    ("auth.txt", "etcdctl --user bob:builder lease keep-alive"), ("auth.txt", "etcdctl lease grant 10"),
    ("auth.txt", "etcdctl lease list"), ("auth.txt", "etcdctl lease timetolive"),
    ("auth.txt", "etcdctl watch /app/a"), ("auth.txt", "etcdctl member list"), ("auth.txt", "etcdctl alarm list"),
    ("auth.txt", "etcdctl endpoint status"),
    ("auth.txt", "env -u ETCDCTL_ENDPOINTS etcdctl --endpoints=$ENDPOINT --user alice:wonder move-leader"),
  ].map { KnownDifference(session: $0, command: $1, reason: "a hole that later releases closed") }
}
