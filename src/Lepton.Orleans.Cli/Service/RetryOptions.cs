namespace Lepton.Orleans.Cli.Service;

/// <summary>How long a request is repeated while the service is away or busy.</summary>
internal sealed record RetryOptions
{
    /// <summary>How long to go on before giving up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first pause where the service names none; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause, also where the service asks for a longer one.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often pauses are told.</summary>
    public TimeSpan NoticeEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a single answer may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = DefaultRequestTimeout;

    /// <summary>How long nothing at all may come of a document that is long.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a single answer may take where nobody says.</summary>
    public static TimeSpan DefaultRequestTimeout { get; } = TimeSpan.FromSeconds(100);
}
