#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The C library's idea of characters, which libedit and `wcwidth` go by: UTF-8, whatever the environment says.
enum CharacterSet {
  private static let prepared: Void = {
    setlocale(LC_CTYPE, "")
    if String(cString: nl_langinfo(nl_item(CODESET))) != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
  }()

  static func prepare() { _ = prepared }
}
