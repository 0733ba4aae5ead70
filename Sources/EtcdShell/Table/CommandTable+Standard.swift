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
    .compaction, .defrag, .snapshotSave, .snapshotStatus, .snapshotRestore, .alarmList, .alarmDisarm,
    .makeMirror, .checkPerf, .checkDatascale,
    .settings, .connect, .source, .time, .echo, .history, .version, .help, .exit,
  ])

  /// What etcdutl has: work on files and folders that no node has open.
  static let etcdutl = CommandTable(
    [
      .backup, .defrag, .snapshotRestore, .snapshotSaveElsewhere, .snapshotStatus, .version, .help,
    ], for: .etcdutl)

  /// The same commands for who types `etcdctl`.
  static let etcdctl = CommandTable(standard.commands, for: .etcdctl, listing: EtcdctlHelp.names)
}
