import DiskIO

/// Streams sorted pairs into a fresh backend file in bbolt's format, with as much memory as a few pages take.
///
///     var writer = BoltWriter(file)
///     try writer.beginBucket("key")
///     try writer.add(key, value)          // keys ascending
///     …
///     let size = try writer.finish()      // the file is whole and synced
public struct BoltWriter {
  /// What etcd's backend uses on nearly every machine.
  public static let pageSize = 4096
  /// bbolt's own limit.
  public static let keySizeMax = 32768

  private let file: any DiskFile
  private var pages: PageStream
  private var bucket: (name: [UInt8], tree: TreeBuilder)?
  private var roots: [(name: [UInt8], page: UInt64)] = []

  /// - Parameter file: empty.
  public init(_ file: any DiskFile) {
    self.file = file
    pages = PageStream(file: file)
  }

  /// Begins a bucket, ending the one before. It is there even if nothing is added to it.
  public mutating func beginBucket(_ name: String) throws(BoltError) {
    try endBucket()
    bucket = (Array(name.utf8), TreeBuilder(pageSize: Self.pageSize))
  }

  /// Adds a pair to the current bucket. Keys ascend within a bucket, and are neither empty nor longer than
  /// ``keySizeMax``.
  public mutating func add(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) throws(BoltError) {
    precondition(1...Self.keySizeMax ~= key.count && bucket != nil)
    try boltErrors { () throws(DiskError) in
      try bucket!.tree.add(key, value) { (node) throws(DiskError) in try pages.write(node) }
    }
  }

  public mutating func add(_ key: [UInt8], _ value: [UInt8]) throws(BoltError) {
    var failure: BoltError?
    key.withUnsafeBytes { key in
      value.withUnsafeBytes { value in
        do throws(BoltError) { try add(key, value) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }

  /// Writes what leads to the pairs, and syncs the file.
  /// - Returns: the file's size.
  public mutating func finish() throws(BoltError) -> Int {
    try endBucket()
    return try boltErrors { () throws(DiskError) in
      let root = try writeRoots()
      let size = try pages.finish(root: root)
      try file.sync()
      return size
    }
  }

  private mutating func endBucket() throws(BoltError) {
    guard var ended = bucket else { return }
    bucket = nil
    let page = try boltErrors { () throws(DiskError) in
      try ended.tree.finish { (node) throws(DiskError) in try pages.write(node) }
    }
    roots.append((ended.name, page))
  }

  /// The tree of buckets.
  private mutating func writeRoots() throws(DiskError) -> UInt64 {
    var tree = TreeBuilder(pageSize: Self.pageSize)
    roots.sort { $0.name.lexicographicallyPrecedes($1.name) }
    for root in roots {
      var value: [UInt8] = []
      value.append(number: root.page)
      value.append(number: UInt64(0))
      var failure: DiskError?
      root.name.withUnsafeBytes { name in
        value.withUnsafeBytes { value in
          do throws(DiskError) {
            try tree.add(name, value, flags: Page.bucketFlag) { (node) throws(DiskError) in try pages.write(node) }
          } catch { failure = error }
        }
      }
      if let failure { throw failure }
    }
    return try tree.finish { (node) throws(DiskError) in try pages.write(node) }
  }
}

/// Pages on their way into the file, in the order of their numbers.
struct PageStream {
  private let file: any DiskFile
  private let pageSize = BoltWriter.pageSize
  private var nextPage = UInt64(PageChecksums.firstPage)
  private var checksums = PageChecksums()
  /// Bytes not yet written, and where they go.
  private var buffer: [UInt8] = []
  private var bufferStart: Int
  private static let bufferSize = 1 << 20

  init(file: any DiskFile) {
    self.file = file
    bufferStart = PageChecksums.firstPage * BoltWriter.pageSize
  }

  /// - Returns: the page's number.
  mutating func write(_ node: TreeBuilder.Node) throws(DiskError) -> UInt64 {
    let id = nextPage
    let start = buffer.count
    node.encode(id: id, pageSize: pageSize, into: &buffer)
    try seal(from: start)
    return id
  }

  /// Writes the list of free pages, the checksums and the meta pages.
  mutating func finish(root: UInt64) throws(DiskError) -> Int {
    let tableSize = PageChecksums.headerSize + 4 * (checksums.checksums.count + 1)
    // The table covers the freelist, which names the table's pages: a page of it holds 510, each table page covers
    // 1024 pages, so one page is enough up to 2 GB and more are taken as needed.
    var freelistPages = 1
    var tablePages = 0
    while true {
      tablePages = (tableSize + 4 * freelistPages + pageSize - 1) / pageSize
      let needed = (Page.headerSize + 8 * (tablePages + 1) + pageSize - 1) / pageSize
      if needed <= freelistPages { break }
      freelistPages = needed
    }
    let freelist = nextPage
    let table = freelist + UInt64(freelistPages)
    precondition(tablePages < 0xffff, "a file of 256 GB needs a longer form of the freelist")
    let start = buffer.count
    buffer.append(number: freelist)
    buffer.append(number: Page.Kind.freelist)
    buffer.append(number: UInt16(tablePages))
    buffer.append(number: UInt32(freelistPages - 1))
    for page in 0..<UInt64(tablePages) { buffer.append(number: table + page) }
    buffer.pad(to: start + freelistPages * pageSize)
    try seal(from: start)
    let tableStart = buffer.count
    // The younger of the two meta pages carries this transaction.
    buffer.append(contentsOf: checksums.bytes(transaction: 1))
    buffer.pad(to: tableStart + tablePages * pageSize)
    nextPage += UInt64(tablePages)
    try flush()
    var metas: [UInt8] = []
    for id in 0...UInt64(1) {
      metas.append(number: id)
      metas.append(number: Page.Kind.meta)
      metas.append(number: UInt16(0))
      metas.append(number: UInt32(0))
      metas += Meta(pageSize: pageSize, root: root, freelist: freelist, pageCount: nextPage, transaction: id).bytes
      metas.pad(to: Int(id + 1) * pageSize)
    }
    try file.write(metas, at: 0)
    return Int(nextPage) * pageSize
  }

  private mutating func seal(from start: Int) throws(DiskError) {
    buffer.withUnsafeBytes { bytes in
      for page in stride(from: start, to: bytes.count, by: pageSize) {
        checksums.add(UnsafeRawBufferPointer(rebasing: bytes[page..<page + pageSize]))
      }
    }
    nextPage += UInt64((buffer.count - start) / pageSize)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  private mutating func flush() throws(DiskError) {
    try file.write(buffer, at: bufferStart)
    bufferStart += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}
