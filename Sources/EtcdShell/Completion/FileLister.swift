#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files whose path begins with what is typed.
enum FileLister {
  static func list(_ typed: [UInt8]) -> Completer.Found {
    let slash = UInt8(ascii: "/")
    let folder = typed.lastIndex(of: slash).map { Array(typed[...$0]) } ?? []
    let begin = typed[folder.count...]
    let path = folder.isEmpty ? "." : String(decoding: folder, as: UTF8.self)
    guard let directory = opendir(path) else { return .init() }
    defer { closedir(directory) }
    var names: [[UInt8]] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        let bytes = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
        return Array(
          UnsafeBufferPointer(
            start: bytes, count: strlen(UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))))
      }
      if name == [UInt8(ascii: ".")] || name == Array("..".utf8) || !name.starts(with: begin) { continue }
      if name.first == UInt8(ascii: "."), begin.isEmpty { continue }
      names.append(name)
      if names.count > KeyLister.limit { break }
    }
    let isCut = names.count > KeyLister.limit
    let words = names.prefix(KeyLister.limit).sorted { $0.lexicographicallyPrecedes($1) }.map { name in
      let isFolder = isFolder(String(decoding: folder + name, as: UTF8.self))
      return Completer.Found.Word(folder + name + (isFolder ? [slash] : []), isWhole: !isFolder)
    }
    return .init(words: words, isCut: isCut)
  }

  private static func isFolder(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }
}
