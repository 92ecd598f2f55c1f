import Foundation
import Sealing

/// The seeds on the disk: a folder a target, a file a seed, named by its hash, so that a second run changes nothing.
enum Corpus {
    static func write(to directory: String) throws {
        let root = URL(filePath: directory)
        for target in FuzzTarget.all {
            let directory = root.appending(path: target.name)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            for seed in try target.seeds() {
                try Data(seed).write(to: directory.appending(path: String(Hash256(of: seed).hex.prefix(16))))
            }
        }
    }
}
