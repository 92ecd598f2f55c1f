package import Client
import Files
package import Lake
package import Sealing
import Synchronization

/// Who reaches a lake, which decides where keys come from (Lakes, "Keys").
package enum LakeAccess: Hashable, Sendable {
    /// A person: AWS's credentials file.
    case employee
    /// AWS's variables, then the file, then, where this is asked for, the role of the machine or container.
    case job(usesRole: Bool)
    /// Without keys: what everyone may read.
    case everyone
}

/// Opens the lake that a charter names, or the one that takes its place on this machine.
///
/// Buckets stay open, so that they are not checked and their keys not fetched for each use.
package final class LakeOpener: Sendable {
    private let named: String?
    private let access: LakeAccess
    private let environment: [String: String]
    private let transport: any HTTPExchanging
    private let now: @Sendable () -> Milliseconds
    private let buckets = Mutex<[BucketAddress: S3Lake]>([:])

    /// `named` takes the place of the charter's lake, if it is given.
    package init(
        named: String? = nil, access: LakeAccess, environment: [String: String],
        transport: any HTTPExchanging = HTTPConnection(), now: @escaping @Sendable () -> Milliseconds
    ) {
        self.named = named
        self.access = access
        self.environment = environment
        self.transport = transport
        self.now = now
    }

    /// The same with another lake in place of the charter's.
    package func naming(_ named: String) -> LakeOpener {
        LakeOpener(named: named, access: access, environment: environment, transport: transport, now: now)
    }

    package func open(_ charters: String) throws(CofferError) -> any ListedLake {
        let address: LakeAddress
        do { address = try LakeAddress(parsing: named ?? charters) } catch {
            // Who gave this command did not write it.
            throw CofferError(
                .configuration, "The lake cannot be reached by its address. \(error.message)", rule: error.rule,
                hint: error.hint)
        }
        switch address {
        case .folder(let path): return try folder(path)
        case .bucket(let address): return bucket(address)
        }
    }

    private func folder(_ path: String) throws(CofferError) -> any ListedLake {
        if case .employee = access { return try DirectoryLake(path: path) }
        // A writer's lake creates its folder; for a reader a missing folder is an error.
        guard DurableFile.exists(path) else {
            throw CofferError(
                .configuration, "The lake \(path) does not exist on this machine.",
                hint: "Mount it where the charter says, or name it with --lake.")
        }
        return try DirectoryLake(path: path, overlapsReads: true)
    }

    private func bucket(_ address: BucketAddress) -> S3Lake {
        buckets.withLock { buckets in
            if let open = buckets[address] { return open }
            let lake = S3Lake(address, credentials: chain, transport: transport, now: now)
            buckets[address] = lake
            return lake
        }
    }

    private var chain: CredentialChain? {
        let file = ProfileCredentials(environment)
        switch access {
        case .everyone: return nil
        case .employee: return CredentialChain([file], now: now)
        case .job(let usesRole):
            let role = usesRole ? [RoleCredentials(environment, transport: transport)] : []
            return CredentialChain([EnvironmentCredentials(environment), file] + role, now: now)
        }
    }
}
