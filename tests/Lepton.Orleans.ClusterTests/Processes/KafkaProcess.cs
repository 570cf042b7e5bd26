using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// One node of Apache Kafka, broker and controller: <c>kafka-server DIR PORT [key=value ...]</c>, a script that runs it in the
/// foreground, keeps its data in DIR and creates no topics by itself. In settings <c>{port}</c> and <c>{controller}</c> stand for its ports.
/// </summary>
internal sealed class KafkaProcess(string executable, params IReadOnlyList<string> settings) : ServerProcess("kafka")
{
    public int Port { get; } = FreePort.Next();

    public string BootstrapServers => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>A kafka-server from the PATH; without one the test is skipped.</summary>
    public static KafkaProcess FindOrSkip(params IReadOnlyList<string> settings) => new(Executable.FindOrSkip("kafka-server"), settings);

    protected override (string File, IReadOnlyList<string> Arguments) Command() =>
        (
        executable, [Path.Combine(Directory, "node"), Port.ToString(CultureInfo.InvariantCulture), .. settings.Select(WithPorts)]);

    private string WithPorts(string setting) => setting
        .Replace("{port}", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{controller}", (Port + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
