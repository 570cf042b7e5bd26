using Lepton.Orleans.Cli.Commands;

namespace Lepton.Orleans.Cli.Tests.Peer;

/// <summary>Runs the command line in this process, in a folder of its own, and keeps what it says.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly StringWriter _errorText = new();
    private readonly TextWriter _error;
    private readonly StringWriter _output = new();

    public CommandRun()
    {
        _error = TextWriter.Synchronized(_errorText);
        Folder = Directory.CreateTempSubdirectory("lepton-cli-").FullName;
    }

    public string Folder { get; }

    public string StateDirectory => Path.Combine(Folder, "state");

    public string Output => _output.ToString();

    public string Error
    {
        get
        {
            // A synchronised writer locks itself; what is written while the command runs can so be read.
            lock (_error)
            {
                return _errorText.ToString();
            }
        }
    }

    public Dictionary<string, string> Variables { get; } = [];

    public Func<Stream> Input { get; set; } = () => Stream.Null;

    public MemoryStream StandardOutput { get; } = new();

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Task<int> RunAsync(params string[] args) => RunAsync(TestContext.Current.CancellationToken, args);

    public Task<int> RunAsync(CancellationToken cancellationToken, params string[] args) => LeptonCommand.RunAsync(
        args,
        new CommandEnvironment
        {
            Output = _output,
            Error = _error,
            OpenInput = Input,
            OpenOutput = () => new Undisposed(StandardOutput),
            Variable = name => Variables.GetValueOrDefault(name),
            StateDirectory = StateDirectory,
        },
        cancellationToken);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class Undisposed(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
