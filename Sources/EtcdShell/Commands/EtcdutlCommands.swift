/// Commands of etcdutl that only refuse.
extension Command {
  static let backup = Command(
    "backup", group: .maintenance, summary: "[legacy] offline backup of etcd directory",
    flags: [
      Flag("data-dir", nil, .file, "path to the etcd data dir"),
      Flag("wal-dir", nil, .file, "path to the etcd wal dir"),
      Flag("backup-dir", nil, .file, "path to the backup dir"),
      Flag("backup-wal-dir", nil, .file, "path to the backup wal dir"),
      Flag("with-v3", nil, .bool, default: "true", "backup v3 backend data"),
    ],
    examples: ["backup --data-dir default.etcd --backup-dir backup.etcd"]
  ) { invocation in
    try invocation.require("backup-dir")
    try invocation.require("data-dir")
    throw ShellError(
      "backup is not supported: it was made for the store of version 2",
      remedy: "`etcdctl snapshot save FILE` while the node runs; `etcdutl snapshot restore` makes a folder of the file",
      status: ExitStatus.badFeature)
  }

  static let snapshotSaveElsewhere = Command(
    "snapshot save", group: .maintenance, summary: "Stores an etcd node backend snapshot to a given file",
    parameters: [Parameter("file", .file, optional: true)], examples: ["snapshot save backup.db"]
  ) { _ in
    throw ShellError.badArguments("In order to download snapshot use: `etcdctl snapshot save ...`")
  }
}
