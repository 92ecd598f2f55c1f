import Foundation
import Glibc

/// An OpenBao server on loopback, with its transit engine, file audit device and raft storage on the same disk. The
/// root token is valid only for this server, which ends with the bench; it stays in this process's memory.
final class OpenBao {
    let port: Int
    private let process = Process()
    private var token = ""

    init(binary: String, directory: String) async throws {
        let ports = try freePorts(2)
        port = ports[0]
        try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
        let configuration = """
            storage "raft" {
              path = "\(directory)/data"
              node_id = "bench"
            }
            listener "tcp" {
              address = "127.0.0.1:\(ports[0])"
              tls_disable = true
              max_request_json_strings = 10000
            }
            api_addr = "http://127.0.0.1:\(ports[0])"
            cluster_addr = "http://127.0.0.1:\(ports[1])"
            audit "file" "to-disk" {
              options { file_path = "\(directory)/audit.log" }
            }
            log_level = "error"
            """
        try configuration.write(toFile: directory + "/bao.hcl", atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = ["server", "-config=\(directory)/bao.hcl"]
        _ = FileManager.default.createFile(atPath: directory + "/bao.log", contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: directory + "/bao.log")
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        do { try await setUp() } catch {
            stop()
            throw error
        }
    }

    private func setUp() async throws {
        let initial = try await eventually("PUT", "/v1/sys/init", ["secret_shares": 1, "secret_threshold": 1])
        guard let token = initial["root_token"] as? String, let keys = initial["keys_base64"] as? [String] else {
            throw BenchError("OpenBao did not start: \(initial)")
        }
        self.token = token
        _ = try await eventually("PUT", "/v1/sys/unseal", ["key": keys.first ?? ""])
        _ = try await eventually("POST", "/v1/sys/mounts/transit", ["type": "transit"])
        _ = try await eventually("POST", "/v1/transit/keys/bench", ["type": "aes256-gcm96"])
    }

    /// Ends the server.
    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// A request that decrypts this many data keys of 32 bytes; it can be sent repeatedly.
    func decryption(of keys: Int) async throws -> [UInt8] {
        let plain = (0..<keys).map { _ in
            ["plaintext": Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()]
        }
        let reply = try await eventually("POST", "/v1/transit/encrypt/bench", ["batch_input": plain])
        guard let data = reply["data"] as? [String: Any], let results = data["batch_results"] as? [[String: Any]] else {
            throw BenchError("OpenBao did not encrypt: \(reply)")
        }
        let ciphertexts = results.compactMap { $0["ciphertext"] as? String }.map { ["ciphertext": $0] }
        guard ciphertexts.count == keys else { throw BenchError("OpenBao encrypted \(ciphertexts.count) of \(keys)") }
        return try request("POST", "/v1/transit/decrypt/bench", ["batch_input": ciphertexts])
    }

    private func request(_ method: String, _ path: String, _ body: [String: Any]) throws -> [UInt8] {
        let json = try JSONSerialization.data(withJSONObject: body, options: .withoutEscapingSlashes)
        return RawHTTP.request(
            method, path, headers: ["X-Vault-Token: \(token)", "Content-Type: application/json"], body: Array(json))
    }

    /// Waits until the server answers with success; a new one needs seconds to elect itself.
    private func eventually(_ method: String, _ path: String, _ body: [String: Any]) async throws -> [String: Any] {
        var last = ""
        for _ in 0..<300 {
            if let connection = try? RawHTTP(port: port),
                let (status, reply) = try? connection.send(try request(method, path, body))
            {
                if 200..<300 ~= status {
                    return (try? JSONSerialization.jsonObject(with: Data(reply))) as? [String: Any] ?? [:]
                }
                last = "\(status) " + String(decoding: reply.prefix(200), as: UTF8.self)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchError("OpenBao does not answer \(path): \(last)")
    }
}
