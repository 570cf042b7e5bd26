namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// Ends when the silo's streams have ended. Until then what is read is applied and told, though the service has been told to stop
/// long before: whoever gave up at that moment would be given the same again and again.
/// </summary>
internal sealed class StreamsEnd : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>Comes when they have ended.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    /// <remarks>Streams end with the stage after this one.</remarks>
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe(nameof(StreamsEnd), ServiceLifecycleStage.BecomeActive, static _ => Task.CompletedTask, _ => _source.CancelAsync());
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Cancel();
}
