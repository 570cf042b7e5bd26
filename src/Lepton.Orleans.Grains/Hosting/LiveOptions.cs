using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>The last options that could be used: those of the start, until the configuration changes to others that are valid.</summary>
internal sealed class LiveOptions<TOptions> : IDisposable
    where TOptions : class
{
    private readonly IDisposable? _subscription;
    private volatile TOptions _value;

    public LiveOptions(IOptionsMonitor<TOptions> options)
    {
        _value = options.CurrentValue;
        _subscription = options.OnChange(changed => _value = changed);
    }

    /// <summary>The options.</summary>
    public TOptions Value => _value;

    /// <inheritdoc />
    public void Dispose() => _subscription?.Dispose();
}
