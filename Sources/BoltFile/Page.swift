/// How bbolt's pages look; everything is little-endian, as on the machines etcd runs on.
///
///     page      id 8 | kind 2 | count 2 | overflow 4 | elements … | keys and values …
///     branch element            position 4 | key size 4 | page 8
///     leaf element    flags 4 | position 4 | key size 4 | value size 4       positions count from the element itself
///
/// A page that does not fit its room goes on in the `overflow` pages after it.
enum Page {
  static let headerSize = 16
  static let elementSize = 16

  enum Kind {
    static let branch: UInt16 = 0x01
    static let leaf: UInt16 = 0x02
    static let meta: UInt16 = 0x04
    static let freelist: UInt16 = 0x10
  }

  /// A leaf element's flag: its value is not bytes but a bucket.
  static let bucketFlag: UInt32 = 0x01
  /// A bucket as a value: root page 8 | sequence 8. With root page 0 the bucket's only page follows inline.
  static let bucketHeaderSize = 16
}

/// The file's first two pages, the younger of which counts: where everything is.
struct Meta: Equatable {
  static let magic: UInt32 = 0xed0c_daed
  static let version: UInt32 = 2
  static let size = 64

  var pageSize: UInt32
  /// The page that the list of buckets begins at.
  var root: UInt64
  var freelist: UInt64
  /// Pages from here on were never used.
  var pageCount: UInt64
  var transaction: UInt64

  /// Reads a meta page's content; nil when it is none, or not what was written.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.size, bytes.number(at: 0, UInt32.self) == Self.magic,
      bytes.number(at: 4, UInt32.self) == Self.version,
      bytes.number(at: 56, UInt64.self) == fowlerNollVo(UnsafeRawBufferPointer(rebasing: bytes[..<56]))
    else { return nil }
    pageSize = bytes.number(at: 8, UInt32.self)
    root = bytes.number(at: 16, UInt64.self)
    freelist = bytes.number(at: 32, UInt64.self)
    pageCount = bytes.number(at: 40, UInt64.self)
    transaction = bytes.number(at: 48, UInt64.self)
    guard pageSize >= 512, pageSize & (pageSize - 1) == 0 else { return nil }
  }

  init(pageSize: Int, root: UInt64, freelist: UInt64, pageCount: UInt64, transaction: UInt64) {
    self.pageSize = UInt32(pageSize)
    self.root = root
    self.freelist = freelist
    self.pageCount = pageCount
    self.transaction = transaction
  }

  /// The content after a meta page's header.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: Self.magic)
    bytes.append(number: Self.version)
    bytes.append(number: pageSize)
    bytes.append(number: UInt32(0))
    bytes.append(number: root)
    bytes.append(number: UInt64(0))
    bytes.append(number: freelist)
    bytes.append(number: pageCount)
    bytes.append(number: transaction)
    bytes.append(number: bytes.withUnsafeBytes { fowlerNollVo($0) })
    return bytes
  }
}

/// FNV-1a with 64 bits: what bbolt seals a meta page with.
func fowlerNollVo(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

extension UnsafeRawBufferPointer {
  func number<Number: FixedWidthInteger>(at offset: Int, _ type: Number.Type) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}

extension [UInt8] {
  mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  mutating func pad(to size: Int) {
    append(contentsOf: repeatElement(0, count: size - count))
  }
}
