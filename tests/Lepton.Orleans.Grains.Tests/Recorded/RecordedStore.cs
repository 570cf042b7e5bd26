using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Recorded;

/// <summary>
/// Everything that a release had in its store, and a backup it made of that at the same moment: in a folder of its version,
/// written once (see <see cref="RecordedStoreTests"/>) and never again.
/// </summary>
internal sealed class RecordedStore(string version)
{
    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly string Root = Path.GetDirectoryName(Here())!;

    private string Folder => Path.Combine(Root, version);

    /// <summary>The versions that are recorded.</summary>
    public static IEnumerable<string> Versions => Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>The keys of the store, with what they held.</summary>
    public Entry[] Entries { get; private set; } = [];

    /// <summary>The lines of the backup.</summary>
    public string[] Backup { get; private set; } = [];

    /// <summary>Reads it from its folder.</summary>
    public static async Task<RecordedStore> ReadAsync(string version, CancellationToken cancellationToken)
    {
        var store = new RecordedStore(version);
        store.Backup = await File.ReadAllLinesAsync(Path.Combine(store.Folder, "backup.ndjson"), cancellationToken);
        store.Entries = [.. (await File.ReadAllLinesAsync(Path.Combine(store.Folder, "store.ndjson"), cancellationToken)).Select(line => JsonSerializer.Deserialize<Entry>(line, Options)!)];
        return store;
    }

    /// <summary>Writes what is in a store, with a backup of it, into its folder, which must not be there.</summary>
    public static async Task WriteAsync(string version, string[] backup, ConnectionMultiplexer connection, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        foreach (var key in connection.GetServers()[0].Keys(pattern: "lepton:*", pageSize: 1000).OrderBy(key => (string)key!, StringComparer.Ordinal))
        {
            if (await Entry.ReadAsync(connection.GetDatabase(), key) is { } entry)
            {
                entries.Add(entry);
            }
        }

        var folder = new RecordedStore(version).Folder;
        Assert.False(Directory.Exists(folder), $"{folder} is there: what was recorded is not recorded again.");
        Directory.CreateDirectory(folder);
        await File.WriteAllLinesAsync(Path.Combine(folder, "backup.ndjson"), backup, cancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(folder, "store.ndjson"), entries.Select(entry => JsonSerializer.Serialize(entry, Options)), cancellationToken);
    }

    /// <summary>Puts everything into an empty store.</summary>
    public async Task LoadAsync(IDatabase database)
    {
        foreach (var entry in Entries)
        {
            await entry.WriteAsync(database);
        }
    }

    /// <summary>What a key held.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Type">What it was.</param>
    /// <param name="Values">The string; the list's elements, its head first; the set's members; or those of the sorted set.</param>
    /// <param name="Scores">The scores of the members of a sorted set.</param>
    internal sealed record Entry(string Key, RedisType Type, byte[][] Values, double[]? Scores = null)
    {
        /// <summary>What a key holds; <see langword="null"/> for one that ends by itself, such as a turn.</summary>
        public static async Task<Entry?> ReadAsync(IDatabase database, RedisKey key)
        {
            if (await database.KeyTimeToLiveAsync(key) is not null)
            {
                return null;
            }

            var type = await database.KeyTypeAsync(key);
            var sorted = type == RedisType.SortedSet ? await database.SortedSetRangeByRankWithScoresAsync(key) : [];
            RedisValue[] values = type switch
            {
                RedisType.String => [await database.StringGetAsync(key)],
                RedisType.List => await database.ListRangeAsync(key),
                RedisType.Set => await database.SetMembersAsync(key),
                RedisType.Hash => [.. (await database.HashGetAllAsync(key)).SelectMany(field => new[] { field.Name, field.Value })],
                RedisType.SortedSet => [.. sorted.Select(member => member.Element)],
                _ => throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"{key} is a {type}.")),
            };
            return new Entry(key!, type, [.. values.Select(value => (byte[])value!)], sorted.Length == 0 ? null : [.. sorted.Select(member => member.Score)]);
        }

        public Task WriteAsync(IDatabase database)
        {
            RedisValue[] values = [.. Values.Select(value => (RedisValue)value)];
            return Type switch
            {
                RedisType.String => database.StringSetAsync(Key, values[0]),
                RedisType.List => database.ListRightPushAsync(Key, values),
                RedisType.Set => database.SetAddAsync(Key, values),
                RedisType.Hash => database.HashSetAsync(Key, [.. values.Chunk(2).Select(field => new HashEntry(field[0], field[1]))]),
                _ => database.SortedSetAddAsync(Key, [.. values.Zip(Scores!, (value, score) => new SortedSetEntry(value, score))]),
            };
        }
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
