/// Builds one bucket's tree bottom-up from pairs that come in ascending order: leaves are written as they fill, and
/// each level above collects the first key and page of what was written below it.
///
///     level 1              [a→9 m→12]
///     level 0       [a→2 f→3]   [m→10 t→11]
///     leaves      2:[a…] 3:[f…] 10:[m…] 11:[t…]
struct TreeBuilder {
  /// A page being filled. Elements are kept apart from the bytes they point to, which come after them on the page.
  struct Node {
    var kind: UInt16
    var count = 0
    var elements: [UInt8] = []
    /// Where each element's key begins in `data`; positions on the page are known only when it is full.
    var starts: [Int] = []
    var data: [UInt8] = []
    var firstKey: [UInt8] = []

    var size: Int { Page.headerSize + count * Page.elementSize + data.count }

    init(kind: UInt16) {
      self.kind = kind
      // Most pages hold a few dozen elements of a few dozen bytes.
      data.reserveCapacity(4096)
    }
  }

  private let pageSize: Int
  private var leaf = Node(kind: Page.Kind.leaf)
  private var leafCount = 0
  private var branches: [Node] = []
  private(set) var lastKey: [UInt8]?

  init(pageSize: Int) { self.pageSize = pageSize }

  /// Adds a pair; `write` is given every page that is full, and says which number it got.
  mutating func add<Failure: Error>(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: UInt32 = 0,
    write: (Node) throws(Failure) -> UInt64
  ) throws(Failure) {
    if let lastKey {
      precondition(lastKey.withUnsafeBytes { $0.lexicographicallyPrecedes(key) }, "keys must ascend")
    }
    if leaf.count > 0, leaf.size + Page.elementSize + key.count + value.count > pageSize {
      try finishLeaf(write: write)
    }
    if leaf.count == 0 { leaf.firstKey = Array(key) }
    leaf.starts.append(leaf.data.count)
    leaf.elements.append(number: flags)
    leaf.elements.append(number: UInt32(0))
    leaf.elements.append(number: UInt32(key.count))
    leaf.elements.append(number: UInt32(value.count))
    leaf.data.append(contentsOf: key)
    leaf.data.append(contentsOf: value)
    leaf.count += 1
    lastKey = Array(key)
  }

  /// Writes what is left, and gives the root's page. A tree without pairs is one empty leaf.
  mutating func finish<Failure: Error>(write: (Node) throws(Failure) -> UInt64) throws(Failure) -> UInt64 {
    if branches.isEmpty { return try write(leaf) }
    if leaf.count > 0 { try finishLeaf(write: write) }
    var level = 0
    while level < branches.count - 1 {
      try finishBranch(level, write: write)
      level += 1
    }
    return try write(branches[level])
  }

  private mutating func finishLeaf<Failure: Error>(write: (Node) throws(Failure) -> UInt64) throws(Failure) {
    let page = try write(leaf)
    try addChild(page, leaf.firstKey, level: 0, write: write)
    leaf.removeAll()
  }

  private mutating func finishBranch<Failure: Error>(
    _ level: Int, write: (Node) throws(Failure) -> UInt64
  ) throws(Failure) {
    let page = try write(branches[level])
    try addChild(page, branches[level].firstKey, level: level + 1, write: write)
    branches[level].removeAll()
  }

  private mutating func addChild<Failure: Error>(
    _ page: UInt64, _ key: [UInt8], level: Int, write: (Node) throws(Failure) -> UInt64
  ) throws(Failure) {
    if level == branches.count { branches.append(Node(kind: Page.Kind.branch)) }
    if branches[level].size + Page.elementSize + key.count > pageSize { try finishBranch(level, write: write) }
    if branches[level].count == 0 { branches[level].firstKey = key }
    branches[level].starts.append(branches[level].data.count)
    branches[level].elements.append(number: UInt32(0))
    branches[level].elements.append(number: UInt32(key.count))
    branches[level].elements.append(number: page)
    branches[level].data.append(contentsOf: key)
    branches[level].count += 1
  }
}

extension TreeBuilder.Node {
  mutating func removeAll() {
    count = 0
    elements.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    data.removeAll(keepingCapacity: true)
  }

  /// Adds the page to the bytes to be written, filled up to whole pages.
  func encode(id: UInt64, pageSize: Int, into bytes: inout [UInt8]) {
    let start = bytes.count
    let pages = (size + pageSize - 1) / pageSize
    bytes.append(number: id)
    bytes.append(number: kind)
    bytes.append(number: UInt16(count))
    bytes.append(number: UInt32(pages - 1))
    let elementsStart = bytes.count
    bytes.append(contentsOf: elements)
    // A leaf's position stands behind its flags, a branch's in front.
    let field = kind == Page.Kind.leaf ? 4 : 0
    bytes.withUnsafeMutableBytes { buffer in
      for index in 0..<count {
        let element = index * Page.elementSize
        let position = UInt32(count * Page.elementSize - element + starts[index])
        buffer.storeBytes(of: position.littleEndian, toByteOffset: elementsStart + element + field, as: UInt32.self)
      }
    }
    bytes.append(contentsOf: data)
    bytes.pad(to: start + pages * pageSize)
  }
}
