import NIOCore
import SwiftProtobuf

/// Lets a message be serialised straight into a ByteBuffer, and read from one.
public struct BufferBytes: SwiftProtobufContiguousBytes {
  public var buffer: ByteBuffer

  public init(_ buffer: ByteBuffer) { self.buffer = buffer }

  public init(repeating byte: UInt8, count: Int) { buffer = ByteBuffer(repeating: byte, count: count) }

  public init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 { buffer = ByteBuffer(bytes: bytes) }

  public var count: Int { buffer.readableBytes }

  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try buffer.withUnsafeReadableBytes(body)
  }

  public mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try buffer.withUnsafeMutableReadableBytes(body)
  }
}
