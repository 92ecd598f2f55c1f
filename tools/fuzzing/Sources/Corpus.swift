import Foundation
import Sealing

/// The seeds on the disk: a folder a target, a file a seed, named by its hash, so that a second run changes nothing.
enum Corpus {
    static func write(to directory: String) throws {
        let root = URL(filePath: directory)
        for target in FuzzTarget.all {
            let folder = root.appending(path: target.name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for seed in try target.seeds() {
                try Data(seed).write(to: folder.appending(path: String(Hash256(of: seed).hex.prefix(16))))
            }
        }
    }
}
