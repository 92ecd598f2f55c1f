import Files
import Glibc
package import Sealing

/// A file of the vault that does not have its format. It is set aside and never deleted, and hinders nothing: not the
/// reading of the others, and no stop.
package struct DamagedFile: Hashable, Sendable {
    /// The directory in which it lay.
    package let part: VaultDirectory.Part
    package let name: String
    /// Where it lies now, below the vault.
    package let place: String
}

extension VaultDirectory {
    /// The directories whose files are read one by one.
    package enum Part: String, CaseIterable, Sendable {
        case pages, cards, outbox, removals, closing, consents, journals
    }

    /// Reads a part's files in the order of their names. A damaged one is set aside and left out; one that the system
    /// cannot read now stays where it is and is left out, too.
    package func readAll<Value>(_ part: Part, atMost limit: Int, _ parse: (String, Bytes) throws -> Value)
        throws(CofferError) -> [Value]
    {
        var values: [Value] = []
        for name in try DurableFile.names(in: "\(path)/\(part)") where !name.hasPrefix(".") {
            do {
                guard let bytes = try DurableFile.read("\(path)/\(part)/\(name)", atMost: limit) else { continue }
                values.append(try parse(name, bytes))
            } catch let error as CofferError where error.code == .configuration {
                continue
            } catch {
                setAside(part, name)
            }
        }
        return values
    }

    /// Moves a damaged file to `damaged/`, if the disk allows it; otherwise it is found again there where it is.
    package func setAside(_ part: Part, _ name: String) {
        guard let target = placeAside(part, name) else { return }
        if rename("\(path)/\(part)/\(name)", target) == 0 { try? DurableFile.synchronizeDirectory(path + "/damaged") }
    }

    /// Gives what was set aside a second name in another vault on the same disk, which takes the place of this one.
    package func copyDamaged(to other: VaultDirectory) throws(CofferError) {
        for name in try DurableFile.names(in: path + "/damaged") {
            try DurableFile.makeDirectory(other.path + "/damaged")
            guard link("\(path)/damaged/\(name)", "\(other.path)/damaged/\(name)") == 0 else {
                throw CofferError(FileError(.rename, code: errno))
            }
        }
    }

    /// Says of a file that was set aside that something has made up for it: it stays, and is named no more.
    package func setMended(_ file: DamagedFile) {
        guard file.place.hasPrefix("damaged/") else { return }
        rename("\(path)/\(file.place)", "\(path)/damaged/mended-\(file.place.dropFirst(8))")
    }

    /// Gives a damaged file a second name in `damaged/`, before it is removed from its place. False if it cannot.
    func copyAside(_ part: Part, _ name: String) -> Bool {
        guard let target = placeAside(part, name), link("\(path)/\(part)/\(name)", target) == 0 else { return false }
        return (try? DurableFile.synchronizeDirectory(path + "/damaged")) != nil
    }

    /// A name in `damaged/` that is free: `PART-NAME`, or with a number when such a file was set aside before.
    private func placeAside(_ part: Part, _ name: String) -> String? {
        guard (try? DurableFile.makeDirectory(path + "/damaged")) != nil else { return nil }
        return (1...1_000).lazy.map { "\(path)/damaged/\(part)-\(name)" + ($0 == 1 ? "" : ".\($0)") }
            .first { !DurableFile.exists($0) }
    }

    /// Everything that was set aside, and what is damaged and could not be.
    package func damagedFiles() -> [DamagedFile] { Part.allCases.flatMap { damagedFiles(in: $0) } }

    func damagedFiles(in part: Part) -> [DamagedFile] {
        let aside = ((try? DurableFile.names(in: path + "/damaged")) ?? []).compactMap { place -> DamagedFile? in
            let words = place.split(separator: "-", maxSplits: 1)
            guard words.count == 2, part.rawValue == words[0] else { return nil }
            let name = words[1].split(separator: ".").first.map(String.init) ?? ""
            return DamagedFile(part: part, name: name, place: "damaged/" + place)
        }
        return aside + left(in: part)
    }

    /// Files of a part in clear that cannot be read where they are.
    private func left(in part: Part) -> [DamagedFile] {
        guard let (limit, isWhole) = Self.check(part) else { return [] }
        guard let names = try? DurableFile.names(in: "\(path)/\(part)") else {
            return [DamagedFile(part: part, name: "", place: part.rawValue)]
        }
        return names.filter { !$0.hasPrefix(".") }.compactMap { name in
            let bytes: Bytes?
            do throws(CofferError) { bytes = try DurableFile.read("\(path)/\(part)/\(name)", atMost: limit) } catch {
                return DamagedFile(part: part, name: name, place: "\(part)/\(name)")
            }
            guard let bytes, !isWhole(name, bytes) else { return nil }
            return DamagedFile(part: part, name: name, place: "\(part)/\(name)")
        }
    }

    /// The largest size of a part's files, and whether a file has the part's format; nil for parts that are sealed.
    private static func check(_ part: Part) -> (limit: Int, isWhole: (String, Bytes) -> Bool)? {
        switch part {
        case .pages: (OfferedPage.maximumCount, { _, bytes in (try? OfferedPage(parsing: bytes)) != nil })
        case .cards: (RevocationCard.maximumCount, { _, bytes in (try? RevocationCard(parsing: bytes)) != nil })
        case .outbox: (OutboxEntry.maximumCount, { (try? OutboxEntry(name: $0, parsing: $1)) != nil })
        case .removals: (RemovalIntent.maximumCount, { (try? RemovalIntent(name: $0, parsing: $1)) != nil })
        case .closing, .consents, .journals: nil
        }
    }
}
