import HashTreeCollections

/// A dictionary whose copies share their common parts: a copy is cheap, and a change costs only its own size.
package struct PersistentMap<Key: Hashable & Sendable, Value: Sendable>: Sequence, ExpressibleByDictionaryLiteral,
    Sendable
{
    private var tree: TreeDictionary<Key, Value>

    package init() { tree = [:] }

    package init(dictionaryLiteral elements: (Key, Value)...) {
        tree = TreeDictionary(uniqueKeysWithValues: elements)
    }

    package var count: Int { tree.count }
    package var isEmpty: Bool { tree.isEmpty }
    package var keys: some Sequence<Key> { tree.lazy.map(\.key) }
    package var values: some Sequence<Value> { tree.lazy.map(\.value) }

    package subscript(key: Key) -> Value? {
        get { tree[key] }
        _modify { yield &tree[key] }
    }

    package subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { tree[key] ?? value() }
        _modify { yield &tree[key, default: value()] }
    }

    package func makeIterator() -> some IteratorProtocol<(key: Key, value: Value)> { tree.makeIterator() }
}
