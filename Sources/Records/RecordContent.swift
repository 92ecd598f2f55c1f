/// Module Records: the contents of recordings, as capture writes them and as the vault and a job read them.
///
/// It imports Sealing, `CLinux`, `CZstd` and `CPNG`. It is pure: no clock, no files, no network.
///
/// `RecordContent` is a record's content by kind: `KeyContent`, `PointerContent`, `WindowContent`, `PromptContent`,
/// `TerminalContent`, and `TileSet` for the screen. `TileEncoder` turns frames into tile sets, `ScreenPlayback` turns
/// them back into `ScreenFrame`s, `PNGImage` exports a frame.
///
/// Promises: parsing is strict, with exactly the kind's members in order; sizes are checked before memory is allocated;
/// the pixels of a frame are left out of core dumps and wiped when it is freed.
package import Sealing

/// A record's content, by its kind.
package enum RecordContent: Hashable, Sendable {
    case keys(KeyContent)
    case pointer(PointerContent)
    case screen(TileSet)
    case window(WindowContent)
    case prompt(PromptContent)
    case terminal(TerminalContent)

    /// Parses strictly: exactly the kind's members, in their order.
    package init(_ record: Record, kind: Kind) throws(FormatError) {
        guard (record.tiles != nil) == (kind == .screen) else { throw .notCanonical }
        switch kind {
        case .keys: self = .keys(try KeyContent(parsing: record.json))
        case .pointer: self = .pointer(try PointerContent(parsing: record.json))
        case .screen: self = .screen(try TileSet(parsing: record.json, compressed: record.tiles ?? []))
        case .window: self = .window(try WindowContent(parsing: record.json))
        case .prompt: self = .prompt(try PromptContent(parsing: record.json))
        case .terminal: self = .terminal(try TerminalContent(parsing: record.json))
        }
    }

    package var kind: Kind {
        switch self {
        case .keys: .keys
        case .pointer: .pointer
        case .screen: .screen
        case .window: .window
        case .prompt: .prompt
        case .terminal: .terminal
        }
    }

    package func record(at time: Milliseconds) -> Record {
        switch self {
        case .keys(let content): Record(time: time, object: content.object)
        case .pointer(let content): Record(time: time, object: content.object)
        case .screen(let tiles): Record(time: time, object: tiles.object, tiles: tiles.compressed)
        case .window(let content): Record(time: time, object: content.object)
        case .prompt(let content): Record(time: time, object: content.object)
        case .terminal(let content): Record(time: time, object: content.object)
        }
    }
}
