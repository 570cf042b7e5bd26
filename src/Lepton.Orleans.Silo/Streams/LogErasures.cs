using System.Globalization;
using Lepton.Orleans.Grains.Turns;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// How far a partition has been applied for certain: up to the last tombstone. Users keep how far theirs has come, and one who was
/// erased keeps nothing; so this passes over the tombstone, and what came before it, when they come again. Belongs to the one
/// grain that applies the partition.
/// </summary>
internal sealed class LogErasures(StoreTurns notes)
{
    private (string Work, long Offset)? _last;

    /// <summary>The offset of the last tombstone that was applied; -1: there was none.</summary>
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
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppliedAsync(uint source, int partition, long offset)
    {
        var work = WorkOf(source, partition);
        await notes.RaiseNoteAsync(work, offset);
        _last = (work, offset);
    }

    private static string WorkOf(uint source, int partition) => string.Create(CultureInfo.InvariantCulture, $"log-erasures:{source:x8}:{partition}");
}
