using System.Globalization;
using System.Text;
using Lepton.Orleans.Clustering.Consul.Api;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>A cluster's keys as one answer of Consul had them.</summary>
internal sealed class MembershipSnapshot
{
    private static readonly TableVersion NoVersion = new(0, "0");

    private readonly Dictionary<SiloAddress, KeyValue> _alive = [];
    private readonly List<(SiloAddress Silo, KeyValue Row)> _rows = [];

    /// <summary>Sorts what was listed; keys of other clusters are left out.</summary>
    /// <exception cref="ConsulException">Something there is not what Orleans writes.</exception>
    public MembershipSnapshot(MembershipKeys keys, KeyValue[] listed)
    {
        foreach (var entry in listed)
        {
            if (entry.Key == keys.Version)
            {
                Version = new TableVersion(ReadVersion(entry), entry.ModifyIndex.ToString(CultureInfo.InvariantCulture));
                VersionIndex = entry.ModifyIndex;
            }
            else if (keys.IsRow(entry.Key))
            {
                _rows.Add((keys.SiloOfRow(entry.Key), entry));
            }
            else if (keys.IsAlive(entry.Key, out var silo))
            {
                _alive[silo] = entry;
            }
        }
    }

    /// <summary>The table's version, 0 before the first row.</summary>
    public TableVersion Version { get; } = NoVersion;

    /// <summary>The index of the version's last move.</summary>
    public ulong VersionIndex { get; }

    /// <summary>
    /// Whether rows and version belong together: each row was written with a version, so none is newer. Consul lists from one
    /// state of its store; a copy that was restored key by key, or a proxy that joins answers, does not keep to that.
    /// </summary>
    public bool IsWhole => _rows.TrueForAll(row => row.Row.ModifyIndex <= VersionIndex);

    /// <summary>The keys of every row, version and sign of life.</summary>
    public IEnumerable<string> Keys(MembershipKeys keys) =>
        _rows.Select(row => row.Row.Key).Concat(_alive.Values.Select(alive => alive.Key)).Concat(VersionIndex > 0 ? [keys.Version] : []);

    /// <summary>Whether another snapshot has the same rows and version.</summary>
    public bool Equals(MembershipSnapshot other) =>
        VersionIndex == other.VersionIndex && _rows.Select(row => (row.Silo, row.Row.ModifyIndex)).SequenceEqual(other._rows.Select(row => (row.Silo, row.Row.ModifyIndex)));

    /// <summary>The table, of all silos or of one.</summary>
    /// <exception cref="ConsulException">A row cannot be read.</exception>
    public MembershipTableData ToTable(SiloAddress? only = null) => new(
        [.. _rows.Where(row => only is null || row.Silo.Equals(only)).Select(row => Tuple.Create(Entry(row.Silo, row.Row), row.Row.ModifyIndex.ToString(CultureInfo.InvariantCulture)))],
        Version);

    /// <summary>The rows of silos that died before a time, each with its index.</summary>
    public IEnumerable<(SiloAddress Silo, ulong Index)> DeadBefore(DateTimeOffset time) =>
        from row in _rows
        let entry = Entry(row.Silo, row.Row)
        where entry.Status == SiloStatus.Dead && LastSign(entry) < time.UtcDateTime
        select (row.Silo, row.Row.ModifyIndex);

    /// <summary>Signs of life without a row, which a silo leaves that was cleaned up and is not quite dead, from before a time.</summary>
    public IEnumerable<KeyValue> OrphansBefore(DateTimeOffset time) =>
        _alive.Where(alive => !_rows.Exists(row => row.Silo.Equals(alive.Key)) && SiloRow.ReadAlive(alive.Value.Key, alive.Value.Value) < time.UtcDateTime).Select(alive => alive.Value);

    private MembershipEntry Entry(SiloAddress silo, KeyValue row) =>
        SiloRow.Read(row.Key, row.Value, silo, _alive.TryGetValue(silo, out var alive) ? SiloRow.ReadAlive(alive.Key, alive.Value) : null);

    // A vote is a sign, too: a silo that hung for a week before it was declared dead died today.
    private static DateTime LastSign(MembershipEntry entry) =>
        (entry.SuspectTimes ?? []).Select(vote => vote.Item2).Append(entry.StartTime).Append(entry.IAmAliveTime).Max();

    private static int ReadVersion(KeyValue entry)
    {
        var text = Encoding.UTF8.GetString(entry.Value ?? []);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new ConsulException($"What Consul has at the key '{entry.Key}' is not a version: '{text}'.");
    }
}
