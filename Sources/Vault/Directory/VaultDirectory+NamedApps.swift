import Files
package import Sealing

extension VaultDirectory {
    private var namedAppsPath: String { path + "/named" }

    /// The apps that purposes in force name, as the last follower of the ledger wrote them: one name a line. Without
    /// the file, or in a damaged one, none is named.
    package var namedApps: Set<AppName> {
        guard let bytes = try? DurableFile.read(namedAppsPath, atMost: 1_048_576) else { return [] }
        let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { try? AppName(String($0)) }
        return names.contains { $0 == nil } ? [] : Set(names.compactMap { $0 })
    }

    package func setNamedApps(_ apps: Set<AppName>) throws(CofferError) {
        guard apps != namedApps else { return }
        try DurableFile.write(Bytes(apps.sorted().map { $0.string + "\n" }.joined().utf8), to: namedAppsPath)
    }
}
