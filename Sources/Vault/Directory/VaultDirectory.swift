/// Vault: the directory on the employee's laptop, locked (`VaultDirectory`) or opened with keys (`OpenVault`).
///
/// A locked vault takes new segments and removes old ones without a secret. `JournalFile` is an open segment. An
/// `OfferedPage` holds its erase and a `RevocationCard` its revokes, all signed in advance; an `OutboxEntry` keeps a
/// stop until it is delivered. `OpenVault` reads, redacts and adopts segments; `Selector` says which ones.
///
/// The module imports `Files`, `Ledger`, `Records` and `Rules` and what is below them, and no network: `Keyholder`
/// sends what it prepares. What it writes is durable when the call returns, unless the call says otherwise, and
/// `recover` finishes or undoes what a crash interrupted.

import Crypto
import Files
import Glibc
package import Sealing

/// The files of a vault. Writing them needs no secret of the employee's; reading their content does.
///
///     public                     the sealing public key
///     device                     the seed of this device's signing key
///     journals/<16 hex>          open segments
///     segments/<id>.header, .body, .label, and an empty file named by its times
///     closing/…  removals/…      intents, for work that a crash interrupted
///     certificates  index  consents/…    sealed under the index key
///     pages/…  cards/…  outbox/…         stopping statements signed in advance, in clear
///     withheld/<id>              marks of segments never to be offered
///     elsewhere/<id>             marks of segments that another laptop may have
///     secrets                    what is taken out of records before they are sealed
///     reserve                    space for stops when the disk is full
///     damaged/<directory>-<name> files that did not have their format
///     halt                       exists while the ledger says that the programme is halted
///
/// The name of a segment's `SegmentTimes` holds what `rm` needs while the vault is locked, to the minute.
package struct VaultDirectory: Sendable {
    package let path: String

    /// Opens an existing vault's directory; throws `.configuration` if it does not exist.
    package init(path: String) throws(CofferError) {
        guard DurableFile.exists(path + "/public") else {
            throw CofferError(.configuration, "There is no vault here yet.", hint: "Run `coffer init` first.")
        }
        self.path = path
    }

    private init(unchecked path: String) { self.path = path }

    /// Makes a vault for an identity on a new device. Never overwrites an existing one.
    @discardableResult
    package static func create(at path: String, sealing: SealingPublicKey, device: SigningKey = SigningKey())
        throws(CofferError) -> VaultDirectory
    {
        guard !DurableFile.exists(path + "/public") else {
            throw CofferError(
                .configuration, "There is a vault here already.", hint: "Use it; `coffer init` never replaces a vault.")
        }
        let vault = VaultDirectory(unchecked: path)
        let durable = Durable(DiskFileSystem(directoryMode: 0o700))
        for directory in [
            "", "/journals", "/segments", "/closing", "/removals", "/consents", "/pages", "/cards", "/outbox",
            "/withheld", "/elsewhere",
        ] {
            try DurableFile.explained { () throws(FileError) in try durable.makeDirectories(path + directory) }
        }
        try DeviceSeed.write(device, to: path + "/device")
        try DurableFile.write(sealing.bytes, to: path + "/public")
        vault.keepReserve()
        return vault
    }

    package func sealingPublicKey() throws(CofferError) -> SealingPublicKey {
        guard let bytes = try DurableFile.read(path + "/public", atMost: SealingPublicKey.count),
            let key = try? SealingPublicKey(bytes)
        else { throw CofferError(.tampering, "The vault's public key is damaged.", hint: "Run `coffer doctor`.") }
        return key
    }

    /// This device's signing key, for labels.
    package func deviceKey() throws(CofferError) -> SigningKey { try DeviceSeed.read(path + "/device") }

    /// A new open segment, opened at a time of its records' clock.
    package func newJournal(opened: Milliseconds) throws(CofferError) -> JournalFile {
        try JournalFile(in: path + "/journals", opened: opened)
    }

    /// Space for stops, given back to them when the disk is full.
    var reserve: Reserve { Reserve(path + "/reserve", count: 1 << 20) }

    /// Sets the space for stops apart again, if the disk has room.
    package func keepReserve() { reserve.keep() }

    /// Whether the ledger says that the programme is halted. Capture stops while it is.
    package var isHalted: Bool { DurableFile.exists(path + "/halt") }

    /// Writes or removes the halt flag.
    package func setHalted(_ halted: Bool) throws(CofferError) {
        if halted {
            try DurableFile.write([], to: path + "/halt", existing: .keep)
        } else {
            try DurableFile.remove(path + "/halt")
        }
    }
}

/// The device key's seed in its file. It passes through memory that is wiped.
private enum DeviceSeed {
    static func write(_ key: SigningKey, to path: String) throws(CofferError) {
        let written: Result<Void, CofferError> = key.withSeed { seed in
            var copy = Bytes(seed)
            defer { wipe(&copy) }
            return Result { () throws(CofferError) in try DurableFile.write(copy, to: path, existing: .keep) }
                .map { _ in }
        }
        try written.get()
    }

    static func read(_ path: String) throws(CofferError) -> SigningKey {
        guard var seed = try DurableFile.read(path, atMost: 32) else {
            throw CofferError(
                .configuration, "This device has no key.", hint: "Run `coffer init` or `coffer key restore`.")
        }
        defer { wipe(&seed) }
        guard let key = SigningKey(seed: SymmetricKey(data: seed)) else {
            throw CofferError(.tampering, "This device's key is damaged.", hint: "Run `coffer key restore`.")
        }
        return key
    }
}
