#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs an edit loop on a thread of its own: it blocks in `poll`, which a thread of Swift's pool must not.
enum EditThread {
  static func start(_ loop: EditLoop) {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let result = pthread_create(&thread, nil, body, Unmanaged.passRetained(loop).toOpaque())
    precondition(result == 0, "no thread for the line editor: \(SystemCalls.errorText(result))")
    #if canImport(Darwin)
      pthread_detach(thread!)
    #else
      pthread_detach(thread)
    #endif
  }

  #if canImport(Darwin)
    private static let body: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { loop in
      Unmanaged<EditLoop>.fromOpaque(loop).takeRetainedValue().run()
      return nil
    }
  #else
    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { loop in
      Unmanaged<EditLoop>.fromOpaque(loop!).takeRetainedValue().run()
      return nil
    }
  #endif
}
