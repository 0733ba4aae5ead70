import DiskIO

/// Reads a backend file in bbolt's format: one of etcd's own or one of ours, also with a snapshot's SHA-256 after it.
///
/// Everything is checked before it is believed: numbers of pages and positions, the order of keys, and, in a file that
/// ``BoltWriter`` wrote and nobody changed since, every page's checksum.
public struct BoltReader {
  private let file: any DiskFile
  private let meta: Meta
  private let checksums: PageChecksums?
  private var roots: [[UInt8]: Root] = [:]

  private enum Root {
    case page(UInt64)
    /// A small bucket lies as a page within the page that names it.
    case inline([UInt8], page: UInt64)
  }

  private var pageSize: Int { Int(meta.pageSize) }

  public init(_ file: any DiskFile) throws(BoltError) {
    self.file = file
    let size = try boltErrors { () throws(DiskError) in try file.size() }
    guard let meta = try Self.meta(file) else { throw .notBackendFile(path: file.path) }
    self.meta = meta
    guard Int(clamping: meta.pageCount) <= size / Int(meta.pageSize) else {
      throw .damaged(
        path: file.path, page: UInt64(size / Int(meta.pageSize)),
        what: "the file ends before its \(meta.pageCount) pages")
    }
    checksums = try Self.checksums(file, meta)
    var buckets: [(name: [UInt8], value: [UInt8], page: UInt64)] = []
    try walk(.page(meta.root)) { key, value, flags, page throws(BoltError) in
      guard flags & Page.bucketFlag != 0, value.count >= Page.bucketHeaderSize else {
        throw damaged(page, "a bucket was expected")
      }
      buckets.append((Array(key), Array(value), page))
    }
    for bucket in buckets {
      let root = bucket.value.withUnsafeBytes { $0.number(at: 0, UInt64.self) }
      roots[bucket.name] =
        root == 0 ? .inline(Array(bucket.value.dropFirst(Page.bucketHeaderSize)), page: bucket.page) : .page(root)
    }
  }

  /// The names of all buckets, in byte order.
  public var buckets: [String] {
    roots.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls `body` with each pair of a bucket, in byte order of the keys. A bucket that is not there has none.
  ///
  /// The bytes are there for the duration of the call only.
  public func forEach(
    in bucket: String, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let root = roots[Array(bucket.utf8)] else { return }
    // What the body throws passes through untouched.
    var failure: (any Error)?
    try walk(root) { key, value, flags, page throws(BoltError) in
      guard failure == nil else { return }
      guard flags & Page.bucketFlag == 0 else { throw damaged(page, "a pair was expected, not a bucket") }
      do { try body(key, value) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private typealias Visit = (
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ flags: UInt32, _ page: UInt64
  ) throws(BoltError) -> Void

  private func walk(_ root: Root, _ visit: Visit) throws(BoltError) {
    var lastKey: [UInt8] = []
    // A file has no more pages than this to lead to, however its damaged branches point in circles.
    var pagesLeft = meta.pageCount
    switch root {
    case .page(let id): try walk(page: id, &lastKey, &pagesLeft, visit)
    case .inline(let bytes, let id): try walkLeaf(bytes, id, &lastKey, visit)
    }
  }

  private func walk(
    page id: UInt64, _ lastKey: inout [UInt8], _ pagesLeft: inout UInt64, _ visit: Visit
  ) throws(BoltError) {
    guard pagesLeft > 0 else { throw damaged(id, "the tree's branches go in circles") }
    pagesLeft -= 1
    let bytes = try page(id)
    let (kind, count) = bytes.withUnsafeBytes { ($0.number(at: 8, UInt16.self), Int($0.number(at: 10, UInt16.self))) }
    switch kind {
    case Page.Kind.leaf: try walkLeaf(bytes, id, &lastKey, visit)
    case Page.Kind.branch:
      guard Page.headerSize + count * Page.elementSize <= bytes.count else {
        throw damaged(id, "it has room for fewer than its \(count) elements")
      }
      for index in 0..<count {
        let child = bytes.withUnsafeBytes {
          $0.number(at: Page.headerSize + index * Page.elementSize + 8, UInt64.self)
        }
        try walk(page: child, &lastKey, &pagesLeft, visit)
      }
    default: throw damaged(id, "it is neither branch nor leaf (\(kind))")
    }
  }

  private func walkLeaf(
    _ bytes: [UInt8], _ id: UInt64, _ lastKey: inout [UInt8], _ visit: Visit
  ) throws(BoltError) {
    var failure: BoltError?
    bytes.withUnsafeBytes { buffer in
      do throws(BoltError) { try walkLeaf(buffer, id, &lastKey, visit) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func walkLeaf(
    _ bytes: UnsafeRawBufferPointer, _ id: UInt64, _ lastKey: inout [UInt8], _ visit: Visit
  ) throws(BoltError) {
    guard bytes.count >= Page.headerSize else { throw damaged(id, "an inline bucket is cut short") }
    let count = Int(bytes.number(at: 10, UInt16.self))
    guard Page.headerSize + count * Page.elementSize <= bytes.count else {
      throw damaged(id, "it has room for fewer than its \(count) elements")
    }
    for index in 0..<count {
      let element = Page.headerSize + index * Page.elementSize
      let start = element + Int(bytes.number(at: element + 4, UInt32.self))
      let middle = start + Int(bytes.number(at: element + 8, UInt32.self))
      let end = middle + Int(bytes.number(at: element + 12, UInt32.self))
      guard end <= bytes.count else { throw damaged(id, "element \(index) reaches beyond it") }
      let key = UnsafeRawBufferPointer(rebasing: bytes[start..<middle])
      guard lastKey.withUnsafeBytes({ $0.lexicographicallyPrecedes(key) }) else {
        throw damaged(id, "the key of element \(index) is out of order")
      }
      lastKey.replaceSubrange(0..<lastKey.count, with: key)
      try visit(
        key, UnsafeRawBufferPointer(rebasing: bytes[middle..<end]), bytes.number(at: element, UInt32.self), id)
    }
  }

  /// A page with its overflow.
  private func page(_ id: UInt64) throws(BoltError) -> [UInt8] {
    guard id >= PageChecksums.firstPage, id < meta.pageCount else {
      throw damaged(id, "a page of the tree is said to be there, but the file has \(meta.pageCount)")
    }
    var bytes = try read(id, count: 1)
    let (number, overflow) = bytes.withUnsafeBytes { ($0.number(at: 0, UInt64.self), $0.number(at: 12, UInt32.self)) }
    guard number == id else { throw damaged(id, "it calls itself page \(number)") }
    guard id + UInt64(overflow) < meta.pageCount else { throw damaged(id, "it goes on beyond the end of the file") }
    if overflow > 0 { bytes += try read(id + 1, count: Int(overflow)) }
    return bytes
  }

  private func read(_ id: UInt64, count: Int) throws(BoltError) -> [UInt8] {
    let bytes = try boltErrors { () throws(DiskError) in try file.read(count * pageSize, at: Int(id) * pageSize) }
    guard bytes.count == count * pageSize else { throw damaged(id, "the file ends within it") }
    if let checksums {
      var found = PageChecksums()
      bytes.withUnsafeBytes { buffer in
        for start in stride(from: 0, to: buffer.count, by: pageSize) {
          found.add(UnsafeRawBufferPointer(rebasing: buffer[start..<start + pageSize]))
        }
      }
      let first = Int(id) - PageChecksums.firstPage
      for (offset, checksum) in found.checksums.enumerated() {
        guard checksums.checksums.indices.contains(first + offset), checksums.checksums[first + offset] == checksum
        else { throw damaged(id + UInt64(offset), "its checksum is wrong") }
      }
    }
    return bytes
  }

  private func damaged(_ page: UInt64, _ what: String) -> BoltError {
    .damaged(path: file.path, page: page, what: what)
  }

  /// The younger of the two meta pages that is whole.
  private static func meta(_ file: any DiskFile) throws(BoltError) -> Meta? {
    func meta(at offset: Int) throws(BoltError) -> Meta? {
      let bytes = try boltErrors { () throws(DiskError) in try file.read(Meta.size, at: offset + Page.headerSize) }
      return bytes.withUnsafeBytes { Meta($0) }
    }
    let first = try meta(at: 0)
    // With the first page damaged, the second is wherever one of that size begins.
    let sizes = first.map { [Int($0.pageSize)] } ?? (9...16).map { 1 << $0 }
    for size in sizes {
      guard let second = try meta(at: size), second.pageSize == size else { continue }
      guard let first, first.transaction > second.transaction else { return second }
    }
    return first
  }

  /// The table behind the freelist, if there is one that still holds.
  private static func checksums(_ file: any DiskFile, _ meta: Meta) throws(BoltError) -> PageChecksums? {
    guard meta.freelist < meta.pageCount else { return nil }
    let pageSize = Int(meta.pageSize)
    let bytes = try boltErrors { () throws(DiskError) in
      let header = try file.read(Page.headerSize, at: Int(meta.freelist) * pageSize)
      let overflow = header.withUnsafeBytes { $0.number(at: 12, UInt32.self) }
      let start = meta.freelist + UInt64(overflow) + 1
      guard start < meta.pageCount else { return [UInt8]() }
      let magic = try file.read(PageChecksums.magic.count, at: Int(start) * pageSize)
      guard magic == PageChecksums.magic else { return [] }
      return try file.read(Int(meta.pageCount - start) * pageSize, at: Int(start) * pageSize)
    }
    return PageChecksums(bytes, transaction: meta.transaction)
  }
}
