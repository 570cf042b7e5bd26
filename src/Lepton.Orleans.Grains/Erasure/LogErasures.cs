using System.Globalization;
using Lepton.Orleans.Grains.Turns;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Erasure;

/// <summary>
/// How far a partition has been applied for certain: up to the last tombstone. Users keep how far theirs has come, and one who was
/// erased keeps nothing; so this passes over the tombstone, and what came before it, when they come again. Belongs to the one
/// grain that applies the partition.
/// </summary>
public sealed class LogErasures(StoreTurns notes)
{
    private const string Prefix = "log-erasures:";

    private (string Work, long Offset)? _last;

    /// <summary>The offset of the last tombstone that was applied; -1: there was none.</summary>
    /// <param name="source">See <see cref="FeedbackOrigin.Source"/>.</param>
    /// <param name="partition">The partition.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<long> LastAsync(uint source, int partition)
    {
        var work = WorkOf(source, partition);
        if (_last?.Work != work)
        {
            _last = (work, await notes.GetNoteAsync(work) is { } note ? long.Parse(note, CultureInfo.InvariantCulture) : -1);
        }

        return _last.Value.Offset;
    }

    /// <summary>Keeps that a tombstone was applied, and with it everything before it.</summary>
    /// <param name="source">See <see cref="FeedbackOrigin.Source"/>.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The tombstone's offset.</param>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppliedAsync(uint source, int partition, long offset)
    {
        var work = WorkOf(source, partition);
        await notes.RaiseNoteAsync(work, offset);
        _last = (work, offset);
    }

    /// <summary>The last tombstone of every partition that had one.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    internal static async Task<List<LogPosition>> AllAsync(StoreTurns notes, CancellationToken cancellationToken)
    {
        var all = new List<LogPosition>();
        await foreach (var work in notes.NotedAsync(Prefix, cancellationToken))
        {
            if (work[Prefix.Length..].Split(':') is [var source, var partition] && await notes.GetNoteAsync(work) is { } note)
            {
                all.Add(new LogPosition(
                    uint.Parse(source, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), int.Parse(partition, CultureInfo.InvariantCulture), long.Parse(note, CultureInfo.InvariantCulture)));
            }
        }

        return all;
    }

    private static string WorkOf(uint source, int partition) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{source:x8}:{partition}");
}
