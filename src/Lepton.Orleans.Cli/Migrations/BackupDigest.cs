using System.Text.Json;
using Lepton.Orleans.Cli.Backups;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>
/// How much of each kind a backup holds, with a checksum that does not depend on the order of lines. A user that stands there
/// again counts as the later line says, one that is gone not at all. Memory is some hundred bytes a user.
/// </summary>
internal sealed class BackupDigest
{
    private readonly Dictionary<string, UserLine> _users = new(StringComparer.Ordinal);
    private readonly HashSet<(long Shard, long Piece)> _counters = [];

    private BackupDigest()
    {
    }

    /// <summary>Items, with the numbers that lists break ties by; deleted ones too.</summary>
    public Sum Items { get; private set; }

    /// <summary>Users with all their events.</summary>
    public Sum Users => _users.Values.Aggregate(default(Sum), (sum, user) => sum.Add(user.Hash));

    /// <summary>How many events users have.</summary>
    public long Events => _users.Values.Sum(user => user.Events);

    /// <summary>The names that repeated events are known by: those of a day.</summary>
    public Sum Names => _users.Values.Aggregate(default(Sum), (sum, user) => user.Names == 0 ? sum : new Sum(sum.Count + user.Names, sum.Hash + user.NamesHash));

    /// <summary>The parts of the model.</summary>
    public Sum Model { get; private set; }

    /// <summary>Which build the model is of: the same wherever it was restored.</summary>
    public UInt128 Build { get; private set; }

    /// <summary>The pieces of the counters.</summary>
    public Sum Counters { get; private set; }

    /// <summary>Reads a backup.</summary>
    public static async Task<BackupDigest> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var digest = new BackupDigest();
        await using var reader = BackupSummary.Open(File.OpenRead(path), Path.GetFileName(path));
        while (await reader.ReadAsync(cancellationToken))
        {
            digest.Add(reader.Record);
        }

        return digest;
    }

    /// <summary>The users that two backups do not agree on, in no order.</summary>
    public IEnumerable<string> DifferingUsers(BackupDigest other) => _users.Keys.Union(other._users.Keys)
        .Where(id => !_users.TryGetValue(id, out var mine) || !other._users.TryGetValue(id, out var theirs) || mine.Hash != theirs.Hash);

    /// <summary>How many pieces of the counters another one has no piece for.</summary>
    public int MissingCounters(BackupDigest other) => _counters.Count(piece => !other._counters.Contains(piece));

    private void Add(ReadOnlySpan<byte> line)
    {
        switch (BackupRecord.KindOf(line))
        {
            case BackupRecord.Item:
                Items = Items.Add(BackupRecord.HashOf(line));
                break;
            case BackupRecord.User:
                _users[BackupRecord.UserOf(line)] = UserLine.Of(line);
                break;
            case BackupRecord.Gone:
                var gone = BackupRecord.UserOf(line);
                if (_users.TryGetValue(gone, out var user) && user.Version < BackupRecord.NumberOf(line, "LeftAt"u8))
                {
                    _ = _users.Remove(gone);
                }

                break;
            case BackupRecord.Model:
                // The version is the service's own.
                Model = Model.Add(BackupRecord.HashOf(line[line.IndexOf("\"Part\""u8)..]));
                break;
            case BackupRecord.Training:
                Build = BackupRecord.HashOf(line[line.IndexOf("\"ModelParts\""u8)..]);
                break;
            case BackupRecord.Counters:
                _ = _counters.Add((BackupRecord.NumberOf(line, "Shard"u8), BackupRecord.NumberOf(line, "Piece"u8)));
                Counters = Counters.Add(BackupRecord.HashOf(line));
                break;
        }
    }

    /// <summary>How many, and the sum of their hashes.</summary>
    public readonly record struct Sum(long Count, UInt128 Hash)
    {
        /// <summary>With one more.</summary>
        public Sum Add(UInt128 hash) => new(Count + 1, Hash + hash);
    }

    // Names are forgotten after a day, also between two looks at the same user: they are kept apart.
    private readonly record struct UserLine(UInt128 Hash, long Version, long Events, long Names, UInt128 NamesHash)
    {
        public static UserLine Of(ReadOnlySpan<byte> line)
        {
            var json = new Utf8JsonReader(line);
            var (version, events, names) = (0L, 0L, 0L);
            var (from, to) = (line.Length, line.Length);
            _ = json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                // With the comma before it: a user's id comes first.
                var start = (int)json.TokenStartIndex - 1;
                var (isVersion, isEvents, isNames) = (json.ValueTextEquals("Version"u8), json.ValueTextEquals("Events"u8), json.ValueTextEquals("Names"u8));
                _ = json.Read();
                if (isVersion)
                {
                    version = json.GetInt64();
                }
                else if (isEvents)
                {
                    events = Count(ref json);
                }
                else if (isNames)
                {
                    names = Count(ref json);
                    (from, to) = (start, (int)json.BytesConsumed);
                }
                else
                {
                    json.Skip();
                }
            }

            byte[] rest = [.. line[..from], .. line[to..]];
            return new UserLine(BackupRecord.HashOf(rest), version, events, names, from < to ? BackupRecord.HashOf(line[from..to]) : 0);
        }

        private static long Count(ref Utf8JsonReader json)
        {
            var count = 0L;
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                json.Skip();
                count++;
            }

            return count;
        }
    }
}
