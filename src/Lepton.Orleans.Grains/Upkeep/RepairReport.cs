namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What a pass has found so far. One thread writes it, others read it.</summary>
internal sealed class RepairReport(DateTime started)
{
    private RepairStatus _status = new() { State = RepairState.Running, Started = started };

    public RepairStatus Status => Volatile.Read(ref _status);

    public void Begin(string stage) => Change(s => s with { Stage = stage });

    public void Change(Func<RepairStatus, RepairStatus> change) => Volatile.Write(ref _status, change(_status));

    public void User(long scanned, IndexMend mend = default) => Change(s => s with { Users = With(s.Users, scanned, mend) });

    public void Item(long scanned, IndexMend mend = default) => Change(s => s with { Items = With(s.Items, scanned, mend) });

    public void ItemFeedback(long scanned, IndexMend mend = default) => Change(s => s with { ItemFeedback = With(s.ItemFeedback, scanned, mend) });

    private static RepairCounts With(RepairCounts counts, long scanned, IndexMend mend) => new(
        counts.Scanned + scanned,
        counts.EntriesWithoutState + mend.Removed,
        counts.StatesWithoutEntry + mend.Added,
        counts.Mended + mend.Added + mend.Removed);
}
