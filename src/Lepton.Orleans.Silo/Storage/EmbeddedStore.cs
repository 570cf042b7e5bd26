using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>
/// A Redis-protocol server (Microsoft.Garnet) inside this process, on a loopback port and behind a password of its own.
/// Writes go to the append-only file every second and whenever they are told to: after each write, or group of writes, the client sends
/// <see cref="CommitCommand"/> and waits for the answer. (The server could wait by itself, but then it does so for every
/// single command of a script, which makes a group commit cost as much as its members.) The file is cut by a checkpoint
/// when it grows.
/// </summary>
internal sealed class EmbeddedStore(IOptions<StoreOptions> options, ILogger<EmbeddedStore> logger) : IDisposable
{
    /// <summary>Its answer says that everything written before is in the append-only file.</summary>
    public const string CommitCommand = "COMMITAOF";

    private GarnetServer? _server;
    private FileStream? _lock;

    /// <summary>Starts the server on the files of the data directory.</summary>
    /// <returns>How to connect to it.</returns>
    /// <exception cref="StoreStartException">The folder cannot be used, or another process uses it.</exception>
    public ConfigurationOptions Start()
    {
        var folder = Path.GetFullPath(options.Value.DataDirectory);
        _lock = Lock(folder);
        var port = FreePort();
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        string[] args =
        [
            "--bind", "127.0.0.1",
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--auth", "Password", "--password", password,
            "--memory", "256m", "--page", "1m", "--segment", "256m", "--index", "16m",
            "--storage-tier", "--logdir", Path.Combine(folder, "log"), "--checkpointdir", Path.Combine(folder, "checkpoints"),
            "--device-type", "RandomAccess",
            "--aof", "--aof-memory", "64m", "--aof-page-size", "8m", "--aof-commit-freq", "1000", "--aof-size-limit", "256m",
            "--lua", "--lua-transaction-mode",
            "--recover", "true",
            "--logger-level", "Warning",
        ];
        var output = Console.Out;
        try
        {
            // The server greets with a banner and an address that are nobody's business here.
            Console.SetOut(TextWriter.Null);
            _server = new GarnetServer(args);
            _server.Start();
        }
        catch (Exception exception)
        {
            throw new StoreStartException($"The embedded store cannot start on the files in '{folder}' (Lepton:DataDirectory): {exception.Message}", exception);
        }
        finally
        {
            Console.SetOut(output);
        }

        logger.EmbeddedStoreStarted(folder, port);
        return new ConfigurationOptions { EndPoints = { { IPAddress.Loopback, port } }, Password = password };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _server?.Dispose(deleteDir: false);
        _lock?.Dispose();
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreStartException(
                exception is UnauthorizedAccessException || !File.Exists(Path.Combine(folder, "lock"))
                    ? $"The folder '{folder}' cannot be used ({exception.Message}). Set Lepton:DataDirectory to a folder that this user may write to."
                    : $"The folder '{folder}' is in use ({exception.Message}). Another Lepton is running on it; stop that one, or set Lepton:DataDirectory to another folder.",
                exception);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
