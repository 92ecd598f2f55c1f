import CofferTestKit
import Crypto
import Foundation
import Testing

@testable import Sealing

/// Coffer's own known answers, which the Python reader checks too.
@Suite("Vectors")
struct VectorTests {
    private func read<Case: Codable>(_ name: String, _: Case.Type) throws -> [Case] {
        let cases = try VectorFile<Case>.read(name).cases
        #expect(!cases.isEmpty)
        return cases
    }

    private func kind(_ name: String) throws -> Kind { try #require(Kind(rawValue: name)) }
    private func bytes(_ key: SymmetricKey) -> Bytes { key.withBytes { Bytes($0) } }

    @Test("The identity gives the bytes of the vectors")
    func identity() throws {
        for test in try read("identity.json", IdentityCase.self) {
            let seed = try IdentitySeed(VectorMaking.memory(test.seed.bytes))
            let sealing = try seed.sealingKey()
            #expect(sealing.withSeed { Bytes($0) } == test.sealingSeed.bytes)
            #expect(sealing.publicKey.bytes == test.sealingPublicKey.bytes)
            #expect(bytes(seed.indexKey()) == test.indexKey.bytes)
            #expect(bytes(seed.consentRoot()) == test.consentRoot.bytes)
            let pseudonyms = [UInt32(0), 1, 2, 256].map { seed.pseudonym($0).publicKey.bytes }
            #expect(pseudonyms == test.pseudonyms.map(\.bytes))
            let passphrase = try VectorMaking.memory(test.passphrase.bytes)
            let file = try IdentityFile.seal(
                seed, passphrase: passphrase, salt: test.salt.bytes, nonce: test.nonce.bytes)
            #expect(file == test.file.bytes)
            let opened = try IdentityFile.open(file, passphrase: passphrase)
            #expect(opened.withBytes { Bytes($0) } == test.seed.bytes)
        }
    }

    @Test("The recovery sheet gives the words of the vectors")
    func recoverySheet() throws {
        for test in try read("recovery-sheet.json", RecoveryCase.self) {
            let seed = try IdentitySeed(VectorMaking.memory(test.seed.bytes))
            #expect(RecoverySheet.groups(of: seed) == test.groups)
            let restored = try RecoverySheet.seed(from: test.groups.joined(separator: " "))
            #expect(restored.withBytes { Bytes($0) } == test.seed.bytes)
        }
    }

    @Test("Chunked encryption gives the bytes of the vectors")
    func chunkedEncryption() throws {
        for test in try read("chunked-encryption.json", ChunkedCase.self) {
            let key = SymmetricKey(data: test.key.bytes)
            let file = try ChunkedEncryption.seal(
                test.plaintext.bytes, key: key, context: test.context.bytes, salt: test.salt.bytes)
            #expect(file == test.file.bytes)
            #expect(try ChunkedEncryption.open(file, key: key, context: test.context.bytes) == test.plaintext.bytes)
        }
    }

    @Test("Boxes that Swift sealed open")
    func boxesSealedBySwift() throws {
        for test in try read("hpke-swift.json", BoxCase.self) {
            let key = try SealingPrivateKey(seed: SymmetricKey(data: test.seed.bytes))
            #expect(key.publicKey.bytes == test.publicKey.bytes)
            #expect(try SealedBox.open(test.box.bytes, with: key, info: test.info.bytes) == test.plaintext.bytes)
        }
    }

    @Test("Many messages under one encapsulated key open, of Swift's and of Python's")
    func messages() throws {
        for test in try read("hpke-messages.json", MessagesCase.self) {
            let key = try SealingPrivateKey(seed: SymmetricKey(data: test.seed.bytes))
            #expect(key.publicKey.bytes == test.publicKey.bytes)
            var context = try OpeningContext(test.encapsulated.bytes, with: key, info: test.info.bytes)
            for (message, plaintext) in zip(test.messages, test.plaintexts) {
                #expect(try context.open(message.bytes) == plaintext.bytes)
            }
            #expect(test.messages.count == test.plaintexts.count && test.messages.count > 2)
        }
    }

    @Test("A box that Python sealed opens")
    func boxSealedByPython() throws {
        let data = try Data(contentsOf: SharedFiles.vector("hpke-python.json"))
        let test = try JSONDecoder().decode(PythonBoxCase.self, from: data)
        let key = try SealingPrivateKey(seed: SymmetricKey(data: test.seed.bytes))
        #expect(try SealedBox.open(test.box.bytes, with: key, info: test.info.bytes) == test.plaintext.bytes)
    }

    @Test("The replicated PRF gives the bytes of the vectors")
    func replicatedPRF() throws {
        for test in try read("prf.json", PRFCase.self) {
            let groups = try test.groups.map { try $0.shape }
            let pseudonym = try VerifyingKey(test.pseudonym.bytes)
            let roster = try Hash256(test.roster.bytes)
            let consent = try Hash256(test.consent.bytes)
            let root = ReplicatedPRF.consentRoot(
                SymmetricKey(data: test.consentRoot.bytes), pseudonym: pseudonym)
            #expect(bytes(root) == test.root.bytes)
            #expect(groups.map(\.masks) == test.masks)
            let x = ReplicatedPRF.x(
                consent: consent, page: try PageID(test.page.bytes), kind: test.kind, app: test.app, day: test.day)
            #expect(x.bytes == test.x.bytes)
            for (group, (keys, partials)) in zip(groups, zip(test.subKeys, test.partials)) {
                for (mask, (key, partial)) in zip(group.masks, zip(keys, partials)) {
                    let subKey = ReplicatedPRF.subKey(root: root, roster: roster, group: group.name, mask: mask)
                    #expect(bytes(subKey) == key.bytes)
                    #expect(ReplicatedPRF.partial(key: subKey, x: x) == partial.bytes)
                }
            }
            let commitments = ReplicatedPRF.commitments(
                root: root, roster: roster, groups: groups, pseudonym: pseudonym)
            #expect(commitments.map(\.bytes) == test.commitments.map(\.bytes))
            #expect(ReplicatedPRF.commitment(ofAll: commitments).bytes == test.commitment.bytes)
            let key = ReplicatedPRF.combine(test.partials.map { $0.map(\.bytes) }, consent: consent, x: x)
            #expect(bytes(key) == test.pageKey.bytes)
            let alone = ReplicatedPRF.pageKey(root: root, roster: roster, groups: groups, consent: consent, x: x)
            #expect(key == alone)
        }
    }

    @Test("The segments of the vectors open")
    func segments() throws {
        for test in try read("segment.json", SegmentCase.self) {
            let identity = try VectorMaking.identity(test.seed.bytes)
            let device = try #require(SigningKey(seed: SymmetricKey(data: test.deviceSeed.bytes)))
            let records = try test.records.map { try $0.record }
            let segment = try SealedSegment.seal(
                records, kind: kind(test.kind), app: AppName(test.app), device: device, to: identity.publicKey,
                key: SymmetricKey(data: test.key.bytes), bodySalt: test.bodySalt.bytes,
                labelSalt: test.labelSalt.bytes, nonce: test.nonce.bytes)
            #expect(segment.body == test.body.bytes)
            #expect(segment.label == test.label.bytes)
            #expect(segment.id.bytes == test.id.bytes)
            // The header in the file: HPKE's differs each time.
            let opened = try SegmentOpening.open(
                SealedSegment(header: test.header.bytes, body: test.body.bytes, label: test.label.bytes), with: identity
            )
            #expect(opened.records == records)
            #expect(opened.label.device == device.publicKey)
            #expect(opened.label.from == test.from && opened.label.until == test.until)
        }
    }

    @Test("The journals of the vectors open, also those of older versions", arguments: ["journal", "journal-unpadded"])
    func journals(_ name: String) throws {
        for test in try read("\(name).json", JournalCase.self) {
            let journal = try JournalReader.open(test.file.bytes, with: VectorMaking.identity(test.seed.bytes))
            #expect(journal.kind.rawValue == test.kind)
            #expect(journal.app.string == test.app)
            #expect(journal.device.bytes == test.device.bytes)
            #expect(journal.opened == test.opened)
            #expect(journal.records == (try test.records.map { try $0.record }))
            let ending: Journal.Ending =
                switch test.ending {
                case "whole": .whole
                case "torn": .torn(test.lost)
                default: .damaged(test.lost)
                }
            #expect(journal.ending == ending)
        }
    }

    @Test("The deposits of the vectors open")
    func deposits() throws {
        for test in try read("deposit.json", DepositCase.self) {
            let groups = try test.groups.map { try $0.shape }
            let group = try #require(groups.first { $0.name == test.group })
            let pseudonym = try VerifyingKey(test.pseudonym.bytes)
            let deposit = Deposit(
                root: SymmetricKey(data: test.root.bytes), roster: try Hash256(test.roster.bytes), groups: groups,
                pseudonym: pseudonym, group: group, broker: test.broker)
            #expect(deposit.encoded == test.plaintext.bytes)
            let oneTime = try SealingPrivateKey(seed: SymmetricKey(data: test.oneTimeSeed.bytes))
            let opened = try Deposit.open(
                test.box.bytes, with: oneTime, origin: test.origin, consent: try Hash256(test.consent.bytes))
            #expect(opened.encoded == test.plaintext.bytes)
            let valid = opened.isValid(
                commitment: try Hash256(test.commitment.bytes), pseudonym: pseudonym, groups: groups, group: test.group,
                broker: test.broker)
            #expect(valid)
        }
    }

    @Test("The pages of the vectors open")
    func pages() throws {
        for test in try read("page.json", PageCase.self) {
            let x = ReplicatedPRF.x(
                consent: try Hash256(test.consent.bytes), page: try PageID(test.page.bytes), kind: test.kind,
                app: test.app, day: test.day)
            #expect(x.bytes == test.x.bytes)
            let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: test.pseudonymSeed.bytes)))
            #expect(pseudonym.publicKey.bytes == test.pseudonym.bytes)
            let key = SymmetricKey(data: test.key.bytes)
            let items = try test.items.map { try $0.item }
            let file = try Page.seal(items.reversed(), x: x, key: key, pseudonym: pseudonym, salt: test.salt.bytes)
            #expect(file == test.file.bytes)
            let opened = try Page.open(
                file, x: x, key: key, pseudonym: pseudonym.publicKey, kind: kind(test.kind), app: AppName(test.app),
                day: test.day)
            #expect(opened.map(\.entry) == items.map(\.entry))
            #expect(opened.map(\.object) == items.map(\.object))
            #expect(opened.map(\.contentKey) == items.map(\.contentKey))
            let names = items.map { Page.bodyName(key: key, bodyHash: $0.entry.bodyHash).bytes }
            #expect(names == test.bodyNames.map(\.bytes))
        }
    }

    @Test("The page indices of the vectors open")
    func indices() throws {
        for test in try read("index.json", IndexCase.self) {
            let x = PageIndex.x(consent: try Hash256(test.consent.bytes), monday: test.monday)
            #expect(x.bytes == test.x.bytes)
            let key = SymmetricKey(data: test.key.bytes)
            let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: test.pseudonymSeed.bytes)))
            let scope = try Scope(CanonicalJSON(parsing: test.scope.utf8))
            let salt = try Hash256(test.scopeSalt.bytes)
            #expect(scope.commitment(salt: salt).bytes == test.scopeCommitment.bytes)
            let lines = try test.lines.map {
                IndexLine(
                    page: try PageID($0.page.bytes), kind: try kind($0.kind), app: try AppName($0.app), day: $0.day,
                    object: try Hash256($0.object.bytes))
            }
            let index = try PageIndex(
                monday: test.monday, scope: scope, salt: salt, lines: lines.reversed(), link: try test.link?.link())
            let file = try index.seal(x: x, key: key, pseudonym: pseudonym, salt: test.salt.bytes)
            #expect(file == test.file.bytes)
            let opened = try PageIndex.open(
                file, x: x, key: key, pseudonym: pseudonym.publicKey, monday: test.monday,
                scopeCommitment: scope.commitment(salt: salt), isLinked: test.link != nil)
            #expect(opened == index)
            #expect(opened.lines == lines)
            let names = (0..<3).map { PageIndex.objectName(key: key, r: $0).bytes }
            #expect(names == test.objectNames.map(\.bytes))
        }
    }

    /// libsodium's published known answers for Argon2id (test/default/pwhash_argon2id, ISC licence).
    @Test("Argon2id gives the bytes of the vectors")
    func argon2id() throws {
        for test in try read("argon2id-libsodium.json", ArgonCase.self) {
            let key = try Argon2id.hash(
                passphrase: VectorMaking.memory(test.passphrase.bytes), salt: test.salt.bytes,
                count: test.output.bytes.count, passes: test.passes, memory: test.memory)
            #expect(bytes(key) == test.output.bytes)
        }
    }
}
