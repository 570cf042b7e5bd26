using System.Globalization;
using System.Text;
using Lepton.Orleans.Clustering.Consul.Api;
using Lepton.Orleans.Clustering.Consul.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>
/// Orleans' membership in Consul's key-value store. A row's entity tag is the index that Consul has for it, so whoever writes
/// names the row and the table as he has read them, and Consul takes both or none.
/// </summary>
internal sealed class ConsulMembershipTable(
    ConsulClient consul, IOptions<ConsulClusteringOptions> options, IOptions<ClusterOptions> cluster, TimeProvider clock, ConsulReads reads, ILogger<ConsulMembershipTable> logger) : IMembershipTable
{
    private const int MaxReads = 10;

    // Consul takes 64 operations in a transaction.
    private const int MaxOperations = 64;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutageReport = TimeSpan.FromSeconds(10);

    private readonly MembershipKeys _keys = new(options.Value.KvRootFolder, cluster.Value.ClusterId);

    /// <summary>Waits until Consul answers: a silo that starts before Consul joins when it can. There is nothing to create.</summary>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default)
    {
        var (started, reported) = (clock.GetTimestamp(), 0L);
        while (true)
        {
            try
            {
                await ReadAsync(cancellationToken);
                if (reported != 0)
                {
                    logger.ConsulAnswers(options.Value.Address, clock.GetElapsedTime(started).TotalSeconds);
                }

                return;
            }
            catch (ConsulException exception) when (exception.IsOutage)
            {
                if (reported == 0 || clock.GetElapsedTime(reported) >= OutageReport)
                {
                    reported = clock.GetTimestamp();
                    logger.WaitingForConsul(options.Value.Address, clock.GetElapsedTime(started).TotalSeconds, exception.Message);
                }
            }

            await Task.Delay(OutagePause, clock, cancellationToken);
        }
    }

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) => (await ReadAsync(cancellationToken)).ToTable();

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) => (await ReadAsync(cancellationToken)).ToTable(key);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(entry, 0, tableVersion, cancellationToken);

    // Index 0 would insert the row.
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        TryIndex(etag, out var index) && index > 0 ? WriteAsync(entry, index, tableVersion, cancellationToken) : Task.FromResult(false);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) =>
        consul.PutAsync(_keys.Alive(entry.SiloAddress), SiloRow.WriteAlive(entry.IAmAliveTime), cancellationToken);

    public async Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default)
    {
        var snapshot = await ReadAsync(cancellationToken);
        foreach (var (silo, index) in snapshot.DeadBefore(beforeDate))
        {
            // One whose row has moved since is looked at again next time.
            if (await consul.CommitAsync([KeyOperation.Delete(_keys.Row(silo), index), KeyOperation.Delete(_keys.Alive(silo))], cancellationToken))
            {
                logger.DefunctSiloRemoved(silo);
            }
        }

        foreach (var orphan in snapshot.OrphansBefore(beforeDate))
        {
            await consul.CommitAsync([KeyOperation.Delete(orphan.Key, orphan.ModifyIndex)], cancellationToken);
        }
    }

    public async Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default)
    {
        // Key by key: below this cluster's folder may lie another's, whose id goes on with a slash.
        var keys = new MembershipKeys(options.Value.KvRootFolder, clusterId);
        var snapshot = new MembershipSnapshot(keys, await consul.ListAsync(keys.Prefix, cancellationToken));
        foreach (var chunk in snapshot.Keys(keys).Chunk(MaxOperations))
        {
            await consul.CommitAsync(chunk.Select(KeyOperation.Delete), cancellationToken);
        }
    }

    // Obsolete in Orleans, and still to be there.
    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion);

    public Task<MembershipTableData> ReadAll() => ReadAllAsync();

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key);

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate);

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId);

    private async Task<bool> WriteAsync(MembershipEntry entry, ulong index, TableVersion version, CancellationToken cancellationToken)
    {
        if (!TryIndex(version.VersionEtag, out var versionIndex))
        {
            return false;
        }

        var written = await consul.CommitAsync(
            [
                KeyOperation.Set(_keys.Row(entry.SiloAddress), SiloRow.Write(entry), index),
                KeyOperation.Set(_keys.Version, Encoding.UTF8.GetBytes(version.Version.ToString(CultureInfo.InvariantCulture)), versionIndex),
            ],
            cancellationToken);
        if (!written)
        {
            logger.WriteConflicted(entry.SiloAddress, version.Version);
        }

        return written;
    }

    private async Task<MembershipSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var snapshot = await ListAsync(cancellationToken);
        for (var reads = 1; !snapshot.IsWhole; reads++)
        {
            if (reads == MaxReads)
            {
                throw new ConsulException($"Consul's answers for '{_keys.Prefix}' have rows newer than the table's version, and another version each time.");
            }

            var before = snapshot;
            snapshot = await ListAsync(cancellationToken);
            if (snapshot.Equals(before))
            {
                break; // nobody is writing: these keys were put there one by one, by a restore
            }
        }

        reads.Note();
        return snapshot;
    }

    private async Task<MembershipSnapshot> ListAsync(CancellationToken cancellationToken) => new(_keys, await consul.ListAsync(_keys.Prefix, cancellationToken));

    private static bool TryIndex(string etag, out ulong index) => ulong.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
