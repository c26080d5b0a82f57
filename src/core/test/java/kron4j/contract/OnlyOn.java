package kron4j.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Skips a class or a test, and says so, if the device under test is none of these. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OnlyOn.Condition.class)
public @interface OnlyOn {
    DeviceUnderTest[] value();

    /** What JUnit asks. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            DeviceUnderTest[] devices = AnnotationSupport.findAnnotation(context.getElement(), OnlyOn.class)
                    .map(OnlyOn::value)
                    .orElseGet(DeviceUnderTest::values);
            DeviceUnderTest chosen = DeviceUnderTest.chosen();
            return Arrays.asList(devices).contains(chosen)
                    ? ConditionEvaluationResult.enabled("")
                    : ConditionEvaluationResult.disabled(
                            "on " + Arrays.toString(devices) + " only; -Dkron4j.test.device=" + chosen);
        }
    }
}
