import EtcdAPI
import GRPCWire
import NIOCore
import SwiftProtobuf

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
