import Files
import Glibc
package import Sealing

/// Remembers which recordings were imported, so that a second import of the same bytes is noticed while the vault is
/// locked.
///
///     imports/<hex of SHA-256(this device's signature over D("import") ‖ the recording's hash)>    empty
///
/// Only this device's key makes the name, so a copy of the directory does not tell which recordings were imported.
extension VaultDirectory {
    /// When this recording was imported; nil if it was not.
    package func imported(_ recording: Hash256) throws(CofferError) -> Milliseconds? {
        var status = stat()
        guard stat(try importMark(recording), &status) == 0 else { return nil }
        return Milliseconds(Seconds(clamping: status.st_mtim.tv_sec))
    }

    package func noteImport(_ recording: Hash256, at now: Milliseconds) throws(CofferError) {
        try DurableFile.makeDirectory(path + "/imports")
        try DurableFile.write([], to: try importMark(recording), modified: now)
    }

    private func importMark(_ recording: Hash256) throws(CofferError) -> String {
        let signature = try deviceKey().signature(over: D("import") + recording.bytes)
        return "\(path)/imports/\(Hash256(of: signature).hex)"
    }
}
