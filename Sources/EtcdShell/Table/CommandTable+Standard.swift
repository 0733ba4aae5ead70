extension CommandTable {
  /// The shell's commands, in the order in which help lists them.
  public static let standard = CommandTable([
    .get, .put, .del, .txn,
    .set, .mk, .update, .rm, .ls, .mkdir, .rmdir,
    .watch, .watches, .foreground, .unwatch,
    .leaseGrant, .leaseRevoke, .leaseTimeToLive, .leaseList, .leaseKeepAlive,
    .lock, .elect,
    .memberList, .memberAdd, .memberRemove, .memberUpdate, .memberPromote, .moveLeader,
    .endpointHealth, .endpointStatus, .endpointHashKV, .clusterHealth,
    .authEnable, .authDisable, .authStatus,
    .userAdd, .userDelete, .userGet, .userList, .userPassword, .userGrantRole, .userRevokeRole,
    .roleAdd, .roleDelete, .roleGet, .roleList, .roleGrantPermission, .roleRevokePermission,
    .compaction, .defrag, .snapshotSave, .snapshotStatus, .alarmList, .alarmDisarm,
    .settings, .connect, .source, .time, .echo, .history, .version, .help, .exit,
  ])
}
