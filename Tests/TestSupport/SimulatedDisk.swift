import DiskIO
import Synchronization

/// A disk in memory that behaves as badly as a real one may.
///
/// It keeps apart what was written and what was synced. A crash keeps what was synced and lets chance decide, sector by
/// sector, what becomes of the rest; names that no `syncDirectory` made last may be lost with it, newest first.
///
///     write A, sync, write B, write C, crash   ->   A, A+B, A+half of C, A+B+C, …
public final class SimulatedDisk: Disk {
  /// The unit that a device writes whole or not at all.
  public static let sectorSize = 512

  struct State {
    /// What the running process sees, and what a crash leaves.
    var names: [String: Inode] = [:]
    var durableNames: [String: Inode] = [:]
    /// Changes of names not yet made durable, oldest first.
    var pendingNames: [NameChange] = []
    var folders: Set<String> = ["/", "."]
    var capacity = Int.max
    var isReadOnly = false
    var failures: [DiskError.Operation: Failure] = [:]
    var generator: SeededGenerator
    var syncCount = 0
    /// Raised by a crash: files opened before it are dead.
    var epoch = 0
  }

  struct NameChange {
    var folder: String
    /// The name's inode after the change; nil when it was removed.
    var effects: [(path: String, inode: Inode?)]
  }

  struct Failure {
    var after: Int
    var reason: DiskError.Reason
    var text: String
  }

  final class Inode: @unchecked Sendable {
    // Guarded by the disk's mutex.
    var content: [UInt8] = []
    var durable: [UInt8] = []
    /// Writes and cuts since the last sync, oldest first.
    var pending: [Change] = []
    var isLocked = false

    enum Change {
      case write(offset: Int, bytes: [UInt8])
      case resize(Int)
    }
  }

  private let state: Mutex<State>

  /// - Parameter seed: decides what a crash leaves.
  public init(seed: UInt64 = 1) {
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
  }

  // MARK: What a test does to it

  /// The power goes: unsynced bytes and names are lost, or not, by chance. Files that were open fail from now on.
  public func crash() {
    state.withLock { state in
      state.epoch += 1
      var names = state.durableNames
      let kept = state.pendingNames.isEmpty ? 0 : Int.random(in: 0...state.pendingNames.count, using: &state.generator)
      for change in state.pendingNames.prefix(kept) {
        for effect in change.effects { names[effect.path] = effect.inode }
      }
      state.pendingNames = []
      state.names = names
      state.durableNames = names
      for path in names.keys.sorted() {
        let inode = names[path]!
        inode.content = survivors(of: inode, &state.generator)
        inode.durable = inode.content
        inode.pending = []
        inode.isLocked = false
      }
    }
  }

  /// The process dies, the machine lives on: locks are gone, every byte written is still there.
  public func killProcess() {
    state.withLock { state in
      state.epoch += 1
      for inode in state.names.values { inode.isLocked = false }
    }
  }

  /// Room for this many bytes in all files together; writing beyond fails as a full disk does.
  public var capacity: Int {
    get { state.withLock { $0.capacity } }
    set { state.withLock { $0.capacity = newValue } }
  }

  /// Whether every change fails as on a folder of someone else's.
  public var isReadOnly: Bool {
    get { state.withLock { $0.isReadOnly } }
    set { state.withLock { $0.isReadOnly = newValue } }
  }

  /// Makes one call fail: the next of its kind, or the one after `count` that succeed.
  public func fail(
    _ operation: DiskError.Operation, after count: Int = 0, _ reason: DiskError.Reason = .deviceFailed,
    systemText: String = "Input/output error"
  ) {
    state.withLock { $0.failures[operation] = Failure(after: count, reason: reason, text: systemText) }
  }

  /// Forgets the failures that were asked for and have not come yet.
  public func heal() { state.withLock { $0.failures = [:] } }

  /// Turns one bit of a file around, on the medium and for every reader.
  public func flipBit(of path: String, at offset: Int, bit: Int = 0) {
    state.withLock { state in
      guard let inode = state.names[path] else { preconditionFailure("no file \(path)") }
      inode.content[offset] ^= 1 << bit
      if offset < inode.durable.count { inode.durable[offset] ^= 1 << bit }
    }
  }

  /// How often a file was synced.
  public var syncCount: Int { state.withLock { $0.syncCount } }

  /// Every file's path, in byte order.
  public var paths: [String] { state.withLock { $0.names.keys.sorted() } }

  // MARK: Disk

  public func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    try changing { state throws(DiskError) in
      if let inode = state.names[path] {
        if case .create = access {
          try state.check(.create, path)
          inode.content = []
          inode.pending.append(.resize(0))
        } else {
          try state.check(.open, path, isChange: false)
        }
        return SimulatedFile(path: path, disk: self, inode: inode, epoch: state.epoch)
      }
      switch access {
      case .read, .update:
        if state.folders.contains(path) {
          return SimulatedFile(path: path, disk: self, inode: Inode(), epoch: state.epoch)
        }
        throw DiskError(.open, path, .missing, systemText: "No such file or directory")
      case .create, .openOrCreate:
        try state.check(.create, path)
        try state.checkFolder(of: path, .create)
        let inode = Inode()
        state.note([(path, inode)], folder: Self.folder(of: path))
        return SimulatedFile(path: path, disk: self, inode: inode, epoch: state.epoch)
      }
    }
  }

  /// Folders last at once: what a lost folder would mean is no different from a lost name in it.
  public func createDirectory(_ path: String) throws(DiskError) {
    try changing { state throws(DiskError) in
      guard !state.folders.contains(path) else { return }
      try state.check(.createDirectory, path)
      var folder = path
      while state.folders.insert(folder).inserted { folder = Self.folder(of: folder) }
    }
  }

  public func list(_ path: String) throws(DiskError) -> [String] {
    try changing { state throws(DiskError) in
      try state.check(.list, path, isChange: false)
      guard state.folders.contains(path) else {
        throw DiskError(.list, path, .missing, systemText: "No such file or directory")
      }
      let children = (Array(state.names.keys) + state.folders).filter { $0 != path && Self.folder(of: $0) == path }
      return Set(children.map { String($0.dropFirst(path == "/" ? 1 : path.utf8.count + 1)) }).sorted()
    }
  }

  public func exists(_ path: String) throws(DiskError) -> Bool {
    state.withLock { $0.names[path] != nil || $0.folders.contains(path) }
  }

  public func rename(_ path: String, to newPath: String) throws(DiskError) {
    try changing { state throws(DiskError) in
      try state.check(.rename, path)
      if let inode = state.names[path] {
        state.note([(path, nil), (newPath, inode)], folder: Self.folder(of: newPath))
        return
      }
      guard state.folders.remove(path) != nil else {
        throw DiskError(.rename, path, .missing, systemText: "No such file or directory")
      }
      state.folders.insert(newPath)
      let moved = state.names.keys.filter { $0.hasPrefix(path + "/") }.sorted()
      var effects: [(String, Inode?)] = []
      for old in moved {
        effects.append((old, nil))
        effects.append((newPath + old.dropFirst(path.count), state.names[old]))
      }
      state.note(effects, folder: Self.folder(of: newPath))
    }
  }

  public func remove(_ path: String) throws(DiskError) {
    try changing { state throws(DiskError) in
      try state.check(.remove, path)
      if state.names[path] != nil {
        state.note([(path, nil)], folder: Self.folder(of: path))
      } else if state.folders.remove(path) == nil {
        throw DiskError(.remove, path, .missing, systemText: "No such file or directory")
      }
    }
  }

  public func syncDirectory(_ path: String) throws(DiskError) {
    try changing { state throws(DiskError) in
      try state.check(.sync, path)
      // A journal commits in order, so everything up to this folder's last change goes with it.
      guard let last = state.pendingNames.lastIndex(where: { $0.folder == path }) else { return }
      for change in state.pendingNames[...last] {
        for effect in change.effects { state.durableNames[effect.path] = effect.inode }
      }
      state.pendingNames.removeSubrange(...last)
    }
  }

  public func freeSpace(at path: String) throws(DiskError) -> Int {
    state.withLock { $0.capacity == .max ? .max : max(0, $0.capacity - $0.used) }
  }

  func changing<Result: ~Copyable & Sendable>(
    _ body: (inout State) throws(DiskError) -> sending Result
  ) throws(DiskError) -> Result {
    try state.withLock(body)
  }

  /// A file's bytes after a crash: what was synced, with each later write's sectors kept or lost by chance.
  private func survivors(of inode: Inode, _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = inode.durable
    for change in inode.pending {
      switch change {
      case .resize(let size):
        if Bool.random(using: &generator) { bytes.resize(size) }
      case .write(let offset, let written):
        var start = 0
        while start < written.count {
          let sectorEnd = ((offset + start) / Self.sectorSize + 1) * Self.sectorSize
          let end = min(written.count, sectorEnd - offset)
          if Bool.random(using: &generator) { bytes.overwrite(written[start..<end], at: offset + start) }
          start = end
        }
      }
    }
    return bytes
  }
}

extension SimulatedDisk.State {
  var used: Int { names.values.reduce(0) { $0 + $1.content.count } }

  /// Throws when the test asked for this call to fail.
  mutating func check(_ operation: DiskError.Operation, _ path: String, isChange: Bool = true) throws(DiskError) {
    if isChange && isReadOnly {
      throw DiskError(operation, path, .notPermitted, systemText: "Permission denied")
    }
    guard let failure = failures[operation] else { return }
    if failure.after > 0 {
      failures[operation]!.after -= 1
      return
    }
    failures[operation] = nil
    throw DiskError(operation, path, failure.reason, systemText: failure.text)
  }

  func checkFolder(of path: String, _ operation: DiskError.Operation) throws(DiskError) {
    guard folders.contains(SimulatedDisk.folder(of: path)) else {
      throw DiskError(operation, path, .missing, systemText: "No such file or directory")
    }
  }

  mutating func note(_ effects: [(path: String, inode: SimulatedDisk.Inode?)], folder: String) {
    for effect in effects { names[effect.path] = effect.inode }
    pendingNames.append(SimulatedDisk.NameChange(folder: folder, effects: effects))
  }
}
