import CEditline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The user's own settings for libedit: the file named by EDITRC, else ~/.editrc.
///
/// Lines are handed to libedit one by one rather than the file as a whole: `bind -v` and `bind -e` set all keys back,
/// and ours must be bound again before the user's next line, which may bind them otherwise.
enum Editrc {
  static func source(into line: OpaquePointer) {
    guard let path = path() else { return }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while let chunk = SystemCalls.read(from: descriptor), !chunk.isEmpty { bytes += chunk }
    for text in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let command = text.drop { $0 == " " || $0 == "\t" }
      guard !command.isEmpty, command.first != "#" else { continue }
      run(String(command), in: line)
    }
  }

  private static func path() -> String? {
    if let named = getenv("EDITRC") { return String(cString: named) }
    return getenv("HOME").map { String(cString: $0) + "/.editrc" }
  }

  private static func run(_ command: String, in line: OpaquePointer) {
    let tokenizer = tok_winit(nil)
    defer { tok_wend(tokenizer) }
    var count: Int32 = 0
    var words: UnsafeMutablePointer<UnsafePointer<wchar_t>?>?
    guard tok_wstr(tokenizer, wide(command), &count, &words) == 0, let words else { return }
    el_wparse(line, count, words)
    let setsKeysBack = command.split(separator: " ").contains { $0 == "-v" || $0 == "-e" }
    if setsKeysBack { KeyBinding.bindDefaults(line) }
  }
}
