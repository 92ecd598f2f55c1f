import ArgumentParser
import Files
import Foundation
import Records
import Sealing
import Vault

extension Coffer {
    /// Writes records in plaintext after asking for the passphrase.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write records in clear to a new folder; asks for the passphrase every time.",
            discussion:
                "One JSON Lines file for each segment, with one PNG for each screen. What is in DIR is not protected.")

        @Argument(help: ArgumentHelp("A folder that does not exist yet.", valueName: "dir"))
        var folder: String

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            guard !FileManager.default.fileExists(atPath: folder) else {
                throw CofferError(
                    .usage, "The folder \(folder) already exists.", hint: "Name a folder that does not exist yet.")
            }
            let seed = try await session.identity(passphrase)
            let directory = try session.directory()
            let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
            let segments = try selector.select(from: try vault.refresh(now: Now.milliseconds()).segments)
            try OpenParts.mention(selector, in: directory, output: output)
            guard !segments.isEmpty else { throw CofferError(.notFound, "Nothing is selected.") }
            try DurableFile.makeDirectory(folder)
            var records = 0
            var files = 0
            for segment in segments {
                let written = try write(segment, of: vault, selector: selector)
                records += written.records
                files += written.files
            }
            output.data(
                "export",
                [
                    ("folder", .string(folder)), ("segments", .integer(segments.count)), ("records", .integer(records)),
                    ("files", .integer(files)),
                ],
                text: "Wrote \(records) records of \(segments.count) segments in clear to \(folder).")
        }

        private func write(_ segment: IndexedSegment, of vault: OpenVault, selector: Selector) throws
            -> (records: Int, files: Int)
        {
            let name = "\(Output.date(segment.day))-\(segment.app)-\(segment.kind.rawValue)-\(segment.id.prefix8)"
            var lines = Bytes()
            var files = 1
            var count = 0
            var decoder = TileDecoder()
            for record in try vault.records(of: segment) {
                var image: String?
                let wanted = selector.covers(from: record.time, until: record.time)
                if let tiles = record.tiles {
                    let file = "\(name)-\(String(format: "%06d", count)).png"
                    // Each frame is decoded on top of the frames before it.
                    let frame = try Self.frame(record, tiles, &decoder)
                    if wanted {
                        try DurableFile.write(try Self.png(frame), to: "\(folder)/\(file)")
                        files += 1
                        image = file
                    }
                }
                guard wanted else { continue }
                count += 1
                let line = RecordLine.line(
                    segment: segment.id.hex, kind: segment.kind.rawValue, app: segment.app.string, time: record.time,
                    record: try record.object, image: image)
                lines += Array((line + "\n").utf8)
            }
            try DurableFile.write(lines, to: "\(folder)/\(name).jsonl")
            return (count, files)
        }

        private static func frame(_ record: Record, _ tiles: Bytes, _ decoder: inout TileDecoder) throws -> ScreenFrame
        {
            do { return try decoder.decode(try TileSet(parsing: record.json, compressed: tiles)) } catch {
                throw CofferError(
                    .tampering, "The screens of a segment cannot be decoded.", hint: "Run `coffer doctor`.")
            }
        }

        private static func png(_ frame: ScreenFrame) throws -> Bytes {
            do { return try PNGImage.encode(frame) } catch {
                throw CofferError(.bug, "A screen cannot be written as an image.")
            }
        }
    }
}
