#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few calls on descriptors that are needed here, without the interruptions that signals cause.
enum SystemCalls {
  /// Writes all of it, waiting where the terminal is slow. False when the descriptor is gone.
  @discardableResult
  static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, rest.baseAddress!, rest.count)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, rest.baseAddress!, rest.count)
        #else
          let count = Glibc.write(descriptor, rest.baseAddress!, rest.count)
        #endif
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  /// Up to `limit` bytes; empty at the end of the file, nil when none are there yet (or the call was interrupted).
  static func read(from descriptor: Int32, limit: Int = 65536) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      #if canImport(Darwin)
        let result = Darwin.read(descriptor, buffer.baseAddress!, limit)
      #elseif canImport(Musl)
        let result = Musl.read(descriptor, buffer.baseAddress!, limit)
      #else
        let result = Glibc.read(descriptor, buffer.baseAddress!, limit)
      #endif
      failed = result < 0 && (errno == EINTR || errno == EAGAIN)
      count = max(result, 0)
    }
    return failed ? nil : bytes
  }

  static func errorText(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
}
