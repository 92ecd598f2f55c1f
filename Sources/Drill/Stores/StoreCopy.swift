import Foundation
import Lake
import Ledger
package import Sealing

/// A copy of every store of a small organisation, opened to everyone, and the keys that its officers keep.
///
/// The folder that is copied has: `charter`; `servers/NAME` (ledger, brokers, witnesses, desk); `storage/NAME` (each
/// broker's storage key, which is on another medium); `org/NAME` (the officers' keys); `lake/`; `log/`; and homes of
/// people and jobs, each with `config`, `data`, `state`. Anything else there is ignored.
package struct StoreCopy: Sendable {
    /// The stores: everything in it has mode 0777.
    let stores: String
    /// The drill's working folder, which only this user may enter.
    let scratch: String
    /// The original folder. Charter and keys are read from it and never copied into the stores.
    let origin: String

    /// Copies a folder into a new one that belongs to this user.
    package init(of origin: String, into scratch: String) throws(CofferError) {
        self.origin = origin
        self.scratch = scratch
        self.stores = scratch + "/stores"
        guard Folders.exists(origin + "/charter") else {
            throw CofferError(
                .configuration, "There is no charter in \(origin).",
                hint: "The copy has charter, servers/, storage/, org/, lake/ and people's and jobs' homes.")
        }
        do {
            try Folders.create(stores, mode: 0o700)
            for name in ["charter", "servers", "lake", "log"] where Folders.exists("\(origin)/\(name)") {
                try Folders.copy("\(origin)/\(name)", to: "\(stores)/\(name)")
            }
            for name in Folders.names(in: origin) where Folders.isDirectory("\(origin)/\(name)/data") {
                for part in ["config", "data", "state"] where Folders.isDirectory("\(origin)/\(name)/\(part)") {
                    try Folders.create("\(stores)/\(name)", mode: 0o700)
                    try Folders.copy("\(origin)/\(name)/\(part)", to: "\(stores)/\(name)/\(part)")
                }
            }
        } catch {
            throw CofferError(
                .configuration, "The stores in \(origin) cannot be copied.",
                hint: "Check that they are readable and that there is space in the folder for temporary files.")
        }
    }

    /// Fetches every object of a lake that is elsewhere, as anyone could who may read it.
    func fetch(_ lake: any ListedLake, into own: DirectoryLake) async throws(CofferError) {
        for name in try await lake.names() {
            guard let object = try await lake.get(name) else { continue }
            try await own.put(name, object, onlyIfAbsent: false)
        }
    }

    /// Opens every ACL.
    package func open() throws(CofferError) {
        do { try Folders.open(stores) } catch {
            throw CofferError(.configuration, "The copies' modes cannot be changed.")
        }
    }

    /// The vaults in the copied homes.
    var vaults: [String] {
        Folders.names(in: stores).map { "\(stores)/\($0)/data/vault" }.filter { Folders.exists("\($0)/public") }
    }

    /// A broker's file of sub-keys, in any subdirectory of its server.
    func subKeyFile(of broker: String) -> String? {
        let directory = "\(stores)/servers/\(broker)"
        let files = (try? Folders.files(below: directory)) ?? []
        return files.first { $0 == "sub-keys" || $0.hasSuffix("/sub-keys") }.map { "\(directory)/\($0)" }
    }

    /// The longest log in the servers' folders: the ledger's, or a broker's copy of it.
    func log(origin: String) -> String? {
        var longest: (size: SaturatingUInt64, directory: String)?
        for file in (try? Folders.files(below: stores + "/servers")) ?? [] where file.hasSuffix("/checkpoint") {
            let directory = "\(stores)/servers/\(file.dropLast("/checkpoint".count))"
            guard Folders.isDirectory(directory + "/tile"),
                let bytes = try? TileDirectory(path: directory).checkpoint(),
                let note = try? SignedNote(checkpoint: bytes),
                let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.origin == origin
            else { continue }
            if checkpoint.size > longest?.size ?? 0 { longest = (checkpoint.size, directory) }
        }
        return longest?.directory
    }

    /// An empty folder for one attempt.
    func room(_ name: String) throws(CofferError) -> String {
        let path = "\(scratch)/\(name)"
        do { try Folders.create(path, mode: 0o700) } catch {
            throw CofferError(.configuration, "No folder for temporary files can be made.")
        }
        return path
    }
}
