using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Backups;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>
/// What a backup says that an earlier one of the same service did not. Memory is some forty bytes a line of the earlier one and
/// as many a user of the later.
/// </summary>
/// <param name="Users">How many users have come or changed.</param>
/// <param name="Items">How many items have come or changed.</param>
/// <param name="Gone">How many users there are no more.</param>
internal sealed record BackupDifference(long Users, long Items, long Gone)
{
    /// <summary>Writes the lines that lead from one backup to the other, without a first line and a last.</summary>
    /// <param name="before">The earlier backup.</param>
    /// <param name="after">The later one.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<BackupDifference> WriteAsync(string before, string after, string output, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(before, cancellationToken);
        await using var changes = new BufferedStream(File.Create(output), 256 * 1024);
        var users = new HashSet<UInt128>();
        var (changedUsers, changedItems, gone, hasModelChanged) = (0L, 0L, 0L, false);
        await using (var reader = Open(after))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var kind = BackupRecord.KindOf(reader.Record);
                if (BackupRecord.HoldsUser(reader.Record, kind))
                {
                    _ = users.Add(HashOfUser(reader.Record));
                }

                if (kind is BackupRecord.Header or BackupRecord.End)
                {
                    continue;
                }

                // Parts that have changed since the build, by what was learned from events, take effect with the line after them.
                if (known.Contains(BackupRecord.HashOf(reader.Record)) && !(kind == BackupRecord.Training && hasModelChanged))
                {
                    continue;
                }

                hasModelChanged |= kind == BackupRecord.Model;
                changedUsers += kind == BackupRecord.User ? 1 : 0;
                changedItems += kind == BackupRecord.Item ? 1 : 0;
                changes.Write(reader.Record);
                changes.WriteByte((byte)'\n');
            }
        }

        // Whoever was erased meanwhile is in no line of the later one.
        await using (var reader = Open(before))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (BackupRecord.HoldsUser(reader.Record, BackupRecord.KindOf(reader.Record)) && users.Add(HashOfUser(reader.Record)))
                {
                    gone++;
                    changes.Write(JsonSerializer.SerializeToUtf8Bytes(new { Kind = BackupRecord.Gone, UserId = BackupRecord.UserOf(reader.Record), LeftAt = long.MaxValue }));
                    changes.WriteByte((byte)'\n');
                }
            }
        }

        return new BackupDifference(changedUsers, changedItems, gone);
    }

    private static async Task<HashSet<UInt128>> KnownAsync(string path, CancellationToken cancellationToken)
    {
        var known = new HashSet<UInt128>();
        await using var reader = Open(path);
        while (await reader.ReadAsync(cancellationToken))
        {
            _ = known.Add(BackupRecord.HashOf(reader.Record));
        }

        return known;
    }

    private static UInt128 HashOfUser(ReadOnlySpan<byte> line) => BackupRecord.HashOf(Encoding.UTF8.GetBytes(BackupRecord.UserOf(line)));

    private static Records.RecordReader Open(string path) => BackupSummary.Open(File.OpenRead(path), Path.GetFileName(path));
}
