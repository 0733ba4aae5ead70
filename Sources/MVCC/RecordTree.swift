/// An ordered set of records that is a persistent value: a copy costs one reference count, and a write to either copy
/// afterwards copies the nodes on its path (a few dozen references each), never more.
///
///     interior   [ first of A | first of B | first of C ]      firsts[i] is exactly the first record below children[i]
///                   |            |            |
///     leaves     [ a a a ]    [ b b b ]    [ c c ]
///
/// Every node knows how many live records (puts, not tombstones) are below it, so that counting a range takes two
/// descents however long the range is, and runs of tombstones are stepped over whole.
///
/// What it leaves out: hash lookup, and shrinking nodes eagerly: a node is merged only when it is a quarter full.
struct RecordTree<Order: RecordOrder>: Sendable {
  /// The fan-out, and how many references are copied when a shared node is written: a larger one makes the tree
  /// flatter, a smaller one makes writes beside a snapshot cheaper. With 32 a million keys are four levels, five
  /// when they came in no order.
  static var capacity: Int { 32 }

  private(set) var root = RecordNode()

  var count: Int { root.count }
  var liveCount: Int { root.live }
  var last: Record? { root.last }
}

/// A node of a ``RecordTree``. Changed in place only while uniquely referenced.
final class RecordNode: @unchecked Sendable {
  /// In a leaf its records; in an interior node the first record below each child.
  var firsts: ContiguousArray<Record>
  /// Empty in a leaf.
  var children: ContiguousArray<RecordNode>
  /// Records below.
  var count: Int
  /// Of those, the ones that are no tombstones.
  var live: Int

  var isLeaf: Bool { children.isEmpty }

  init() {
    firsts = []
    children = []
    count = 0
    live = 0
  }

  init(copying other: RecordNode) {
    firsts = other.firsts
    children = other.children
    count = other.count
    live = other.live
  }

  init(firsts: ContiguousArray<Record>, children: ContiguousArray<RecordNode>) {
    self.firsts = firsts
    self.children = children
    count = 0
    live = 0
    recount()
  }

  func recount() {
    if isLeaf {
      count = firsts.count
      live = firsts.reduce(0) { $0 + ($1.isTombstone ? 0 : 1) }
    } else {
      count = children.reduce(0) { $0 + $1.count }
      live = children.reduce(0) { $0 + $1.live }
    }
  }

  var last: Record? { isLeaf ? firsts.last : children[children.count - 1].last }

  /// Moves the upper half to a new node. A node that overflowed at its end gives away only its last element, so that
  /// records arriving in order fill nodes to the brim.
  func split(atEnd: Bool) -> RecordNode {
    let middle = atEnd ? firsts.count - 1 : firsts.count / 2
    let upper = RecordNode(
      firsts: ContiguousArray(firsts[middle...]), children: isLeaf ? [] : ContiguousArray(children[middle...]))
    firsts.removeSubrange(middle...)
    if !children.isEmpty { children.removeSubrange(middle...) }
    count -= upper.count
    live -= upper.live
    return upper
  }
}

// MARK: Seeking

extension RecordTree {
  /// The index of the first element of the node that is not before the position.
  @inline(__always)
  static func lowerBound(_ node: RecordNode, _ position: Order.Position) -> (index: Int, isExact: Bool) {
    node.firsts.withUnsafeBufferPointer { firsts in
      var low = 0
      var high = firsts.count
      while low < high {
        let middle = (low + high) / 2
        let order = Order.compare(firsts[middle], position)
        if order == 0 { return (middle, true) }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return (low, false)
    }
  }

  /// The child below which the position belongs.
  @inline(__always)
  static func childIndex(_ node: RecordNode, _ position: Order.Position) -> Int {
    let (index, isExact) = lowerBound(node, position)
    return isExact ? index : max(index - 1, 0)
  }

  /// The record at exactly this position.
  func find(_ position: Order.Position) -> Record? {
    var node = root
    while !node.isLeaf { node = node.children[Self.childIndex(node, position)] }
    let (index, isExact) = Self.lowerBound(node, position)
    return isExact ? node.firsts[index] : nil
  }

  /// The last record that is at or before the position.
  func last(notAfter position: Order.Position) -> Record? {
    var node = root
    while !node.isLeaf { node = node.children[Self.childIndex(node, position)] }
    let (index, isExact) = Self.lowerBound(node, position)
    if isExact { return node.firsts[index] }
    // Firsts are exact, so a leaf without a record before the position is the leftmost one.
    return index > 0 ? node.firsts[index - 1] : nil
  }

  /// How many live records are before the position.
  func liveCount(before position: Order.Position) -> Int {
    var node = root
    var total = 0
    while !node.isLeaf {
      let index = Self.childIndex(node, position)
      for child in 0..<index { total += node.children[child].live }
      node = node.children[index]
    }
    let (index, _) = Self.lowerBound(node, position)
    for i in 0..<index where !node.firsts[i].isTombstone { total += 1 }
    return total
  }

  /// Visits records in order, beginning with the first that is not before the position, until the body returns false.
  ///
  /// - Parameter onlyLive: steps over tombstones, whole subtrees of them at once.
  func forEach<E: Error>(
    from position: Order.Position? = nil, onlyLive: Bool = false, _ body: (Record) throws(E) -> Bool
  ) throws(E) {
    _ = try Self.visit(root, position, onlyLive, body)
  }

  private static func visit<E: Error>(
    _ node: RecordNode, _ position: Order.Position?, _ onlyLive: Bool, _ body: (Record) throws(E) -> Bool
  ) throws(E) -> Bool {
    if onlyLive && node.live == 0 { return true }
    if node.isLeaf {
      var index = if let position { lowerBound(node, position).index } else { 0 }
      while index < node.firsts.count {
        let record = node.firsts[index]
        if !(onlyLive && record.isTombstone), try !body(record) { return false }
        index += 1
      }
      return true
    }
    var index = 0
    if let position {
      index = childIndex(node, position)
      if try !visit(node.children[index], position, onlyLive, body) { return false }
      index += 1
    }
    while index < node.children.count {
      if try !visit(node.children[index], nil, onlyLive, body) { return false }
      index += 1
    }
    return true
  }
}

// MARK: Writing

extension RecordTree {
  /// Puts what `make` returns at the position, where `make` is given the record that is there now.
  ///
  /// - Returns: the record that was replaced.
  @discardableResult
  mutating func update(_ position: Order.Position, _ make: (Record?) -> Record) -> Record? {
    var replaced: Record?
    if let sibling = Self.update(position, make, in: &root, replaced: &replaced) {
      root = RecordNode(firsts: [root.firsts[0], sibling.firsts[0]], children: [root, sibling])
    }
    return replaced
  }

  private static func update(
    _ position: Order.Position, _ make: (Record?) -> Record, in node: inout RecordNode, replaced: inout Record?
  ) -> RecordNode? {
    if !isKnownUniquelyReferenced(&node) { node = RecordNode(copying: node) }
    if node.isLeaf {
      let (index, isExact) = lowerBound(node, position)
      if isExact {
        let old = node.firsts[index]
        let new = make(old)
        replaced = old
        node.firsts[index] = new
        node.live += (new.isTombstone ? 0 : 1) - (old.isTombstone ? 0 : 1)
        return nil
      }
      let new = make(nil)
      node.firsts.insert(new, at: index)
      node.count += 1
      if !new.isTombstone { node.live += 1 }
      return node.firsts.count > capacity ? node.split(atEnd: index == node.firsts.count - 1) : nil
    }

    let index = childIndex(node, position)
    node.count -= node.children[index].count
    node.live -= node.children[index].live
    let sibling = update(position, make, in: &node.children[index], replaced: &replaced)
    node.firsts[index] = node.children[index].firsts[0]
    node.count += node.children[index].count
    node.live += node.children[index].live
    guard let sibling else { return nil }
    node.children.insert(sibling, at: index + 1)
    node.firsts.insert(sibling.firsts[0], at: index + 1)
    node.count += sibling.count
    node.live += sibling.live
    return node.children.count > capacity ? node.split(atEnd: index + 1 == node.children.count - 1) : nil
  }

  /// Adds a record that belongs after all others.
  mutating func append(_ record: Record) {
    if let sibling = Self.append(record, to: &root) {
      root = RecordNode(firsts: [root.firsts[0], sibling.firsts[0]], children: [root, sibling])
    }
  }

  private static func append(_ record: Record, to node: inout RecordNode) -> RecordNode? {
    if !isKnownUniquelyReferenced(&node) { node = RecordNode(copying: node) }
    node.count += 1
    if !record.isTombstone { node.live += 1 }
    if node.isLeaf {
      node.firsts.append(record)
    } else {
      guard let sibling = append(record, to: &node.children[node.children.count - 1]) else { return nil }
      node.children.append(sibling)
      node.firsts.append(sibling.firsts[0])
    }
    return node.firsts.count > capacity ? node.split(atEnd: true) : nil
  }

  @discardableResult
  mutating func remove(_ position: Order.Position) -> Record? {
    let removed = Self.remove(position, from: &root)
    while root.children.count == 1 { root = root.children[0] }
    return removed
  }

  private static func remove(_ position: Order.Position, from node: inout RecordNode) -> Record? {
    if !isKnownUniquelyReferenced(&node) { node = RecordNode(copying: node) }
    if node.isLeaf {
      let (index, isExact) = lowerBound(node, position)
      guard isExact else { return nil }
      let removed = node.firsts.remove(at: index)
      node.count -= 1
      if !removed.isTombstone { node.live -= 1 }
      return removed
    }
    let index = childIndex(node, position)
    guard let removed = remove(position, from: &node.children[index]) else { return nil }
    node.count -= 1
    if !removed.isTombstone { node.live -= 1 }
    if node.children[index].firsts.isEmpty {
      node.children.remove(at: index)
      node.firsts.remove(at: index)
      if node.children.isEmpty { node = RecordNode() }
      return removed
    }
    node.firsts[index] = node.children[index].firsts[0]
    if node.children[index].firsts.count <= capacity / 4 { merge(in: node, at: index) }
    return removed
  }

  /// Joins the nearly empty child with a neighbour when both fit into one node with room to spare.
  private static func merge(in node: RecordNode, at index: Int) {
    let left = index > 0 ? index - 1 : index
    guard left + 1 < node.children.count else { return }
    let (a, b) = (node.children[left], node.children[left + 1])
    guard a.firsts.count + b.firsts.count <= capacity / 2 else { return }
    node.children[left] = RecordNode(firsts: a.firsts + b.firsts, children: a.children + b.children)
    node.children.remove(at: left + 1)
    node.firsts.remove(at: left + 1)
  }
}
