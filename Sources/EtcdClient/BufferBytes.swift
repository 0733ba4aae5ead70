import EtcdAPI
import NIOCore
import SwiftProtobuf

/// Lets a message be serialised straight into a ByteBuffer, and read from one.
struct BufferBytes: SwiftProtobufContiguousBytes {
  var buffer: ByteBuffer

  init(_ buffer: ByteBuffer) { self.buffer = buffer }

  init(repeating byte: UInt8, count: Int) { buffer = ByteBuffer(repeating: byte, count: count) }

  init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 { buffer = ByteBuffer(bytes: bytes) }

  var count: Int { buffer.readableBytes }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try buffer.withUnsafeReadableBytes(body)
  }

  mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try buffer.withUnsafeMutableReadableBytes(body)
  }
}

extension SwiftProtobuf.Message {
  func encoded() throws(EtcdError) -> ByteBuffer {
    do {
      return try (serializedBytes() as BufferBytes).buffer
    } catch {
      throw EtcdError(.invalidArgument, "the request cannot be encoded", cause: "\(error)")
    }
  }

  static func decoded(from buffer: ByteBuffer, of endpoint: Endpoint) throws(EtcdError) -> Self {
    do {
      return try Self(serializedBytes: BufferBytes(buffer))
    } catch {
      throw EtcdError(
        .internal, "the answer of \(endpoint.text) cannot be decoded", cause: "\(error)",
        remedy: "is it etcd, 3.4 or later?")
    }
  }
}
