using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Pauses;

/// <summary>
/// Pauses the writes of a tenant on all silos, so that it can be copied as it stands; lists are answered all the while. A pause
/// with an end ends by itself, also where whoever asked for it is gone.
/// </summary>
public sealed class TenantWrites
{
    // A silo that leaves is gone within its grace; whoever asks for the pause asks again.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly BlobStore _blobs;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;

    internal TenantWrites(BlobStore blobs, IGrainFactory grains, TimeProvider clock) => (_blobs, _grains, _clock) = (blobs, grains, clock);

    /// <summary>Refuses writes from now on. What was acknowledged before is in the store when this returns, and what comes after is refused.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="duration">For how long; <see langword="null"/>: until <see cref="ResumeAsync"/>.</param>
    /// <returns>The pause, with its mark.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm; some silos may refuse writes for as long.</exception>
    /// <exception cref="TimeoutException">A silo that leaves, which cannot be told and may still write, was not gone in time; ask again.</exception>
    public async Task<WritesStatus> PauseAsync(string tenant, TimeSpan? duration)
    {
        var status = new WritesStatus(true, duration is { } span ? _clock.GetUtcNow() + span : null);

        // The note first: a silo that starts after it knows, and one that runs is told.
        await _blobs.PutAsync(WriteGate.Note(tenant), JsonSerializer.SerializeToUtf8Bytes(status));
        var order = new PauseOrder(tenant, status.Until);
        var started = _clock.GetTimestamp();
        var silos = await TellAsync(WriteGate.Pause, order);
        while (await HasUntoldAsync(silos.Length))
        {
            if (_clock.GetElapsedTime(started) > MaxWait)
            {
                throw new TimeoutException("A silo that leaves is not gone yet.");
            }

            await Task.Delay(Look, _clock);
            silos = await TellAsync(WriteGate.Pause, order);
        }

        var text = string.Join('\n', silos.Cast<string>().Order(StringComparer.Ordinal));
        return status with { Mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..8]) };
    }

    /// <summary>Takes writes again.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task ResumeAsync(string tenant)
    {
        await _blobs.RemoveAsync(WriteGate.Note(tenant));
        await TellAsync(WriteGate.Resume, new PauseOrder(tenant, null));
    }

    /// <summary>Whether writes are refused.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<WritesStatus> GetAsync(string tenant) =>
        await _blobs.GetAsync(WriteGate.Note(tenant)) is { } note && JsonSerializer.Deserialize<WritesStatus>(note) is { } status
            && (status.Until is not { } until || _clock.GetUtcNow() < until)
            ? status
            : new WritesStatus(false);

    // Only active silos are told. One that is joining reads the note.
    private async Task<bool> HasUntoldAsync(int told)
    {
        var silos = await _grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: false);
        return silos.Values.Count(status => status == SiloStatus.Active) > told || silos.Values.Any(status => status is SiloStatus.ShuttingDown or SiloStatus.Stopping);
    }

    private Task<object?[]> TellAsync(int command, PauseOrder order) =>
        _grains.GetGrain<IManagementGrain>(0).SendControlCommandToProvider<WriteGate>(WriteGate.Name, command, order);
}
