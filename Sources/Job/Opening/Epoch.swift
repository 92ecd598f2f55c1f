/// Job: opens the pages that a grant allows and turns them into training samples.
///
/// `Epoch` is the entry point: it plans the ids, gets releases logged through a `JobLedger`, asks brokers through
/// `BrokerAsking`, opens pages and bodies from a `Lake`, and writes samples in a `SampleFormat`. `StateView` says what
/// is live and what ended it. `Sampler` joins records to steps; `TarStream` and `HeldOutput` write them.
///
/// The module imports `Client`, `Replica`, `Lake` and `Records` and what is below them; it cannot reach `Keyholder`. It
/// writes samples only to a `ByteSink` and opens no file for them but a `StreamFile`. A stream that fails, or whose consents end while it
/// is open, has no trailer, so no reader takes it for complete; by choice it goes on without what ended (`DropRules`).

package import Lake
package import Sealing

/// A stream of samples under one grant: it opens the index weeks, then the pages, then checks the ledger again
/// (Design, "A release, step by step").
package struct Epoch: Sendable {
    /// How many releases are requested ahead of the one being consumed.
    static let releasesAhead = 3
    /// How many asks of one release are sent ahead.
    static let asksAhead = 2

    let ledger: any JobLedger
    let lake: any Lake
    let panels: BrokerQuorums
    let job: SigningKey
    let shard: Shard
    let selection: Selection
    let pictures: Pictures
    let secret: EpochSecret?
    /// What streams of this epoch have gone on without. Another stream goes on without it from its beginning.
    let dropped: Dropped
    let talk: @Sendable (String) -> Void

    /// `talk` receives sentences for a person; none contains recorded content. Without a secret every stream has its
    /// own. `pause` is how long a broker may take before another one is asked, too.
    package init(
        ledger: any JobLedger, brokers: any BrokerAsking, lake: any Lake, job: SigningKey, shard: Shard = .whole,
        selection: Selection = .all, pictures: Pictures = .png, secret: EpochSecret? = nil, drop: DropRules = .none,
        pause: @escaping Pause = usualPause,
        talk: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.lake = lake
        self.panels = BrokerQuorums(brokers: brokers, pause: pause, talk: talk)
        self.job = job
        self.shard = shard
        self.selection = selection
        self.pictures = pictures
        self.secret = secret
        self.dropped = Dropped(drop)
        self.talk = talk
    }

    /// What was opened.
    package struct Summary: Sendable {
        package var consents = 0
        package var releases = 0
        package var pages = 0
        package var samples = 0
        /// The weeks whose pages may be incomplete.
        package var open = OpenWeeks()
        /// What the stream goes on without.
        package var leftOut: [Manifest.LeftOut] = []
        /// What the stream has and must not have.
        package var mustGo: [Manifest.MustGo] = []
    }

    /// How a stream with samples that must go ends.
    package enum Ending: Sendable {
        /// With its end: who has the samples already takes them out.
        case marked
        /// Without, because it will be written again.
        case none
    }

    /// With checkpoints it writes only what the streams before have not.
    ///
    /// Writes every sample and then the end of the stream, or throws and writes no end. An error says whose page it
    /// was, by pseudonym and by the name in the samples. `keep` gets the manifest when nothing is left but the stream's
    /// end.
    package func open(
        grant hash: Hash256, as format: any SampleFormat, ifSamplesMustGo ending: Ending = .marked,
        checkpoints: Checkpoints? = nil,
        keeping keep: (Manifest) throws(CofferError) -> Void = { _ throws(CofferError) in }
    ) async throws(CofferError) -> Summary {
        do throws(CofferError) {
            var run = try await EpochRun(self, grant: hash, checkpoints)
            try format.begin(run.pictures)
            do throws(CofferError) {
                try await run.openPages(try await run.openWeeks(), as: format)
            } catch {
                throw await run.explained(error)
            }
            var manifest = try await run.checked()
            run.summary.leftOut = manifest.leftOut
            run.summary.mustGo = manifest.mustGo
            if ending == .none, !manifest.mustGo.isEmpty { return run.summary }
            manifest.written = try format.close()
            try keep(manifest)
            try format.finish(manifest)
            return run.summary
        } catch {
            var error = error
            if let place = error.place {
                error.place?.subject = Subjects(job: job, grant: hash).subject(place.pseudonym)
            }
            throw error
        }
    }
}
