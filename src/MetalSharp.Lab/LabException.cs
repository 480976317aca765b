namespace MetalSharp.Lab;

/// <summary>Something the person at the keyboard can act on; the message is all they see.</summary>
internal class LabException : Exception
{
    public LabException(string message) : base(message) { }

    public LabException(string message, Exception cause) : base(message, cause) { }

    public virtual int ExitCode => 1;
}

/// <summary>This machine cannot run a lab at all: a program, a kernel feature or a right is missing.</summary>
internal sealed class PreconditionException(string message) : LabException(message)
{
    public override int ExitCode => 2;
}
