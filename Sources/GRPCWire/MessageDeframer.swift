import NIOCore

/// Cuts the payload of a stream's DATA frames, however they are divided, into gRPC messages:
///
///     | compressed (1 byte: 0 or 1) | length (4 bytes) | message |
struct MessageDeframer {
  static let prefixSize = 5

  enum Failure: Error, Equatable {
    case tooLarge(length: Int)
    case compressed
    case undecodable(String)
    case invalidFlag(UInt8)
  }

  /// Whether messages may come compressed.
  var acceptsGzip = false
  private var bytes = ByteBuffer()
  /// Whether `bytes` is a slice of the buffer it was received in.
  private var isBorrowed = false

  /// Bytes held of a message that isn't complete.
  var held: Int { bytes.readableBytes }

  mutating func append(_ payload: ByteBuffer) {
    if bytes.readableBytes == 0 {
      bytes = payload
      isBorrowed = true
    } else {
      bytes.writeImmutableBuffer(payload)
    }
  }

  /// The next complete message, nil when more bytes are needed. A message too large is refused by its prefix already.
  mutating func next(maxSize: Int) throws(Failure) -> ByteBuffer? {
    guard let length = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self) else { return nil }
    let flag = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self)!
    guard flag < 2 else { throw .invalidFlag(flag) }
    guard flag == 0 || acceptsGzip else { throw .compressed }
    guard Int(length) <= maxSize else { throw .tooLarge(length: Int(length)) }
    guard bytes.readableBytes >= Self.prefixSize + Int(length) else { return nil }
    bytes.moveReaderIndex(forwardBy: Self.prefixSize)
    let message = bytes.readSlice(length: Int(length))!
    if flag == 1 { return try Self.decompress(message, maxSize: maxSize) }
    return Int(length) <= Self.copiedSize ? ByteBuffer(buffer: message) : message
  }

  private static func decompress(_ message: ByteBuffer, maxSize: Int) throws(Failure) -> ByteBuffer {
    do throws(Gzip.Failure) {
      return try Gzip.decompress(message, limit: maxSize)
    } catch {
      switch error {
      case .tooLong(let length): throw .tooLarge(length: length)
      case .undecodable(let reason): throw .undecodable(reason)
      }
    }
  }

  /// Moves the beginning of an incomplete message out of the buffer it was received in, so as not to keep that alive.
  mutating func settle() {
    guard isBorrowed else { return }
    bytes = bytes.readableBytes == 0 ? ByteBuffer() : ByteBuffer(buffer: bytes)
    isBorrowed = false
  }

  /// A message up to this size is copied: a slice would keep the whole read buffer (up to 64 KiB) alive for it.
  private static let copiedSize = 1024
}

extension ByteBuffer {
  mutating func writeMessagePrefix(length: Int) {
    writeMultipleIntegers(UInt8(0), UInt32(length))
  }
}
