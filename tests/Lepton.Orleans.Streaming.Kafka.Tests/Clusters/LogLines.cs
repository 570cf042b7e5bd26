using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>Keeps what was logged as an error.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyList<string> Errors => [.. _errors];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue(formatter(state, exception));
        }
    }
}
